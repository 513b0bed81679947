// POST /api/runs/{id}/migrate: a run held against another definition, and moved there where nothing forbids
// it.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/migration.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

struct Wish {
  Value to;
  bool dry_run = false;
  std::optional<LogPoint> at;
};

/// {"to"?,"dryRun"?,"at"?}
std::expected<Wish, std::string> read_wish(const http::Request& request) {
  Wish wish;
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return std::unexpected("the body must be a JSON object");
  for (const auto& member : body->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    const Value& value = member.value();
    if (name == "to" && (value.is_object() || value.is_string())) {
      wish.to = value;
    } else if (name == "dryRun" && value.is_bool()) {
      wish.dry_run = value.get_bool();
    } else if (name == "at" && value.is_int64() && value.get_int64() >= 0) {
      wish.at = LogPoint{.position = value.get_int64(), .time = {}};
    } else {
      return std::unexpected(
          "the body may have to (a definition, its YAML text, or the hash of a stored one), dryRun (true or "
          "false) and at (a position); found " +
          std::string(name));
    }
  }
  if (wish.at && !wish.dry_run)
    return std::unexpected("at goes with dryRun alone: a run is moved as it is now");
  return wish;
}

void migrate(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  auto wish = read_wish(call.request);
  if (!wish) return call.responder.send(http::make_problem(400, wish.error()));
  find_target(context, wish->to,
              [&context, id = *id, wish = *wish, responder = std::move(call.responder)](
                  std::expected<MigrationTarget, http::Response> target) mutable {
                if (!target) return responder.send(std::move(target.error()));
                migrate_run(context, id, *target, wish.dry_run ? Migration::report : Migration::move, wish.at,
                            [responder = std::move(responder)](http::Response answer) mutable {
                              responder.send(std::move(answer));
                            });
              });
}

}  // namespace

std::vector<Route> migrate_routes(Context& context) {
  const Route route{.method = "POST",
                    .pattern = "/api/runs/{id}/migrate",
                    .summary =
                        "Move a paused run to another definition, where its history allows it; with "
                        "dryRun, say what would differ",
                    .query = {},
                    .body = "Migrate",
                    .answers = {{200, "Migration"}},
                    .handle = [&context](Call call) { migrate(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/migrate")};
}

}  // namespace callboard::dispatcher
