// POST /api/workflows/{name}/backfill: runs of a workflow for what happened before.
#include <charconv>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/delivery_backfill.hpp"
#include "dispatcher/api/no_workflow.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/schedule_backfill.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

constexpr int kRate = 10;

std::unexpected<http::Response> refuse(std::string_view detail) {
  return std::unexpected(http::make_problem(400, detail));
}

/// The time between two runs, of 10, "10/s" or "30/m".
Read<Micros> read_rate(const Value& body) {
  const Value* const given = find(&body, "rate");
  std::string_view text = find_text(&body, "rate");
  const bool by_minute = text.ends_with("/m");
  if (by_minute || text.ends_with("/s")) text.remove_suffix(2);
  int rate = given == nullptr ? kRate : 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), rate);
  const bool is_read = !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (!is_read && given != nullptr && given->is_int64() && given->get_int64() <= limits::kBackfillRate)
    rate = static_cast<int>(given->get_int64());
  if (rate < 1 || rate > limits::kBackfillRate)
    return refuse("rate must be runs a second or a minute from 1 to " +
                  std::to_string(limits::kBackfillRate) + ", such as 10/s or 30/m");
  return Micros(by_minute ? std::chrono::minutes(1) : std::chrono::seconds(1)) / rate;
}

Read<bool> read_dry_run(const Value& body) {
  const Value* const given = find(&body, "dryRun");
  if (given != nullptr && !given->is_bool()) return refuse("dryRun must be true or false");
  return given != nullptr && given->get_bool();
}

void backfill(Context& context, Call call) {
  const auto body = read_json(call.request.body);
  if (!body || !body->is_object())
    return call.responder.send(http::make_problem(400, "the body must be a JSON object"));
  for (const auto& member : body->get_object()) {
    if (member.key() != "schedule" && member.key() != "deliveries" && member.key() != "dryRun" &&
        member.key() != "rate") {
      return call.responder.send(http::make_problem(
          400,
          "the body may have schedule or deliveries, dryRun and rate; found " + std::string(member.key())));
    }
  }
  const CurrentWorkflowPtr workflow = context.registry.workflows().find(call.parameter("name"));
  if (!workflow) return call.responder.send(no_workflow(context, call.parameter("name")));
  const auto rate = read_rate(*body);
  if (!rate) return call.responder.send(rate.error());
  const auto dry_run = read_dry_run(*body);
  if (!dry_run) return call.responder.send(dry_run.error());
  if (find(&*body, "deliveries") != nullptr) {
    if (find(&*body, "schedule") != nullptr)
      return call.responder.send(http::make_problem(400, "expected one of schedule and deliveries"));
    auto deliveries = read_delivery_range(*body);
    if (!deliveries) return call.responder.send(std::move(deliveries.error()));
    return backfill_deliveries(context, workflow, std::move(*deliveries), *rate, *dry_run,
                               std::move(call.responder));
  }
  const auto range = read_schedule_range(*body, context.clock.now());
  if (!range) return call.responder.send(range.error());
  backfill_schedule(context, workflow, *range, *rate, *dry_run, std::move(call.responder));
}

}  // namespace

std::vector<Route> backfill_routes(Context& context) {
  return {{.method = "POST",
           .pattern = "/api/workflows/{name}/backfill",
           .summary =
               "Make the runs of a schedule's ticks, or of stored deliveries, in a range of times, as "
               "many as fit a few seconds; go on with `next` as `from` or `after`. What has a run keeps it",
           .query = {},
           .body = "Backfill",
           .answers = {{200, "Backfilled"}},
           .handle = [&context](Call call) { backfill(context, std::move(call)); }}};
}

}  // namespace callboard::dispatcher
