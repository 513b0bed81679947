// POST /api/runs/{id}/fork: a new run that begins with what another one has done.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/forking.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

/// {"from","inputs"?,"definition"?,"dryRun"?}
std::optional<std::string> read_body(const http::Request& request, ForkWish& wish) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return "the body must be a JSON object";
  for (const auto& member : body->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    const Value& value = member.value();
    if (read_fork_member(name, value, wish)) continue;
    if (name == "dryRun" && value.is_bool()) {
      wish.dry_run = value.get_bool();
    } else {
      return "the body may have from (a text), inputs (an object), definition (an object or a text) and "
             "dryRun "
             "(true or false); found " +
             std::string(name);
    }
  }
  if (wish.from.empty()) return "from must name the first step to run again";
  return std::nullopt;
}

void fork(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  auto key = read_idempotency_key(call.request, {});
  if (!key) return call.responder.send(std::move(key.error()));
  ForkWish wish{.idempotency_key = std::move(*key)};
  if (const auto problem = read_body(call.request, wish))
    return call.responder.send(http::make_problem(400, *problem));
  if (wish.definition.is_given()) {
    auto compiled = compile_given(wish.definition);
    if (!compiled) return call.responder.send(std::move(compiled.error()));
  }
  fork_run(context, *id, std::move(wish),
           [responder = std::move(call.responder)](http::Response answer) mutable {
             responder.send(std::move(answer));
           });
}

}  // namespace

std::vector<Route> fork_routes(Context& context) {
  const Route route{
      .method = "POST",
      .pattern = "/api/runs/{id}/fork",
      .summary =
          "Start a run that keeps the results of another one before a step, with other inputs or "
          "another definition",
      .query = {},
      .body = "Fork",
      .answers = {{201, "RunStarted"}, {200, "ForkPlan"}},
      .handle = [&context](Call call) { fork(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/fork")};
}

}  // namespace callboard::dispatcher
