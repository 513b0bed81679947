// GET /api/workflows/{name}/schedule: when a workflow's schedules fire next, and what became of their last
// ticks.
#include <algorithm>
#include <charconv>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/no_workflow.hpp"
#include "dispatcher/api/pause_view.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/schedule/tick_policy.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/ticks.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kNext = 10;
constexpr std::size_t kNextMost = 100;

struct NextTick {
  Time at{};
  const workflow::ScheduleTrigger* of = nullptr;
};

std::vector<NextTick> find_next(const CurrentWorkflow& workflow, Time now, std::size_t count) {
  std::vector<NextTick> out;
  for (const workflow::ScheduleTrigger& schedule : workflow.triggers.schedules) {
    for (const Time at : schedule.times.between(now, Time::max(), count)) out.push_back({at, &schedule});
  }
  std::ranges::sort(out, {}, [](const NextTick& next) { return std::pair(next.at, next.of); });
  if (out.size() > count) out.resize(count);
  return out;
}

void write_schedules(JsonWriter& json, const CurrentWorkflow& workflow) {
  json.name("schedules").begin_array();
  for (const workflow::ScheduleTrigger& schedule : workflow.triggers.schedules) {
    json.begin_object()
        .name("cron")
        .text(schedule.times.cron())
        .name("timezone")
        .text(schedule.times.timezone());
    json.name("catchup").text(to_string(schedule.catchup)).name("overlap").text(to_string(schedule.overlap));
    json.name("jitter").text(format_duration(schedule.jitter)).end_object();
  }
  json.end_array();
}

void write_next(JsonWriter& json, const CurrentWorkflow& workflow, Time now, std::size_t count) {
  json.name("next").begin_array();
  for (const auto& [at, of] : find_next(workflow, now, count)) {
    json.begin_object().name("at").time(at).name("local").text(of->times.format(at));
    json.name("firesAt").time(workflow::fire_time(*of, workflow.graph->slug, at));
    json.name("cron").text(of->times.cron()).name("timezone").text(of->times.timezone()).end_object();
  }
  json.end_array();
}

void write_tick(JsonWriter& json, const log::Schedules::Settled& settled) {
  const log::Tick& tick = settled.tick;
  const auto [cron, timezone] = cron_and_zone(settled.key.id);
  json.begin_object().name("at").time(tick.at).name("cron").text(cron).name("timezone").text(timezone);
  json.name("outcome").text(log::to_string(tick.outcome)).name("caughtUp").boolean(tick.caught_up);
  json.name("count").number(tick.count);
  if (!tick.detail.empty()) json.name("detail").text(tick.detail);
  json.name("runId");
  tick.run ? json.text(to_string(*tick.run)) : json.null();
  json.name("decidedAt").time(tick.decided_at).end_object();
}

void write_pause_over(JsonWriter& json, const Context& context, const std::string& slug) {
  const log::Pause* const pause = find_pause_of_ticks(context.engine.pauses(), slug);
  json.name("paused");
  pause == nullptr ? json.null() : json.raw(write_pause(*pause));
}

Read<std::size_t> read_count(const http::Request& request) {
  const auto given = request.find_query("count");
  if (!given) return kNext;
  std::size_t count = 0;
  const auto read = std::from_chars(given->data(), given->data() + given->size(), count);
  if (read.ec != std::errc() || read.ptr != given->data() + given->size() || count == 0 || count > kNextMost)
    return std::unexpected(
        http::make_problem(400, "count must be a number from 1 to " + std::to_string(kNextMost)));
  return count;
}

void show_schedule(Context& context, Call call) {
  const auto count = read_count(call.request);
  if (!count) return call.responder.send(count.error());
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const std::string slug = call.parameter("name");
  const CurrentWorkflowPtr workflow = context.registry.workflows().find(slug);
  if (!workflow) return call.responder.send(no_workflow(context, slug));
  context.schedules.ticks(slug, *limit,
                          [&context, workflow, slug, count = *count, responder = std::move(call.responder)](
                              const Result<std::vector<log::Schedules::Settled>>& ticks) mutable {
                            if (!ticks) return responder.send(problem_of(ticks.error()));
                            std::string out;
                            JsonWriter json(out);
                            json.begin_object().name("workflow").text(slug);
                            write_pause_over(json, context, slug);
                            write_schedules(json, *workflow);
                            write_next(json, *workflow, context.clock.now(), count);
                            json.name("ticks").begin_array();
                            for (const log::Schedules::Settled& tick : *ticks) write_tick(json, tick);
                            json.end_array().end_object();
                            responder.send(http::Response::json(200, std::move(out)));
                          });
}

}  // namespace

std::vector<Route> schedule_routes(Context& context) {
  return {{.method = "GET",
           .pattern = "/api/workflows/{name}/schedule",
           .summary = "When a workflow's schedules fire next, and what became of their last ticks",
           .query = {{"count", R"({"type":"integer","minimum":1,"maximum":100,"default":10})",
                      "How many next times"},
                     {"limit", R"({"type":"integer","minimum":1,"maximum":500,"default":50})",
                      "How many past ticks"}},
           .body = {},
           .answers = {{200, "Schedules"}},
           .handle = [&context](Call call) { show_schedule(context, std::move(call)); }}};
}

}  // namespace callboard::dispatcher
