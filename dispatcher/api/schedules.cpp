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

using States = std::vector<log::ScheduleState>;

struct NextTick {
  Time at{};
  const workflow::ScheduleTrigger* of = nullptr;
};

std::vector<log::ScheduleKey> keys_of(const CurrentWorkflow& workflow) {
  std::vector<log::ScheduleKey> out;
  out.reserve(workflow.triggers.schedules.size());
  for (const workflow::ScheduleTrigger& schedule : workflow.triggers.schedules)
    out.push_back({workflow.graph->slug, schedule.times.id()});
  return out;
}

/// Behind this time nothing is accounted for. What was due longer ago than a tick may be late is missed, and
/// not next.
Time last_considered(const workflow::ScheduleTrigger& schedule, const States& states, Time now) {
  const std::string id = schedule.times.id();
  const auto state = std::ranges::find(states, id, [](const log::ScheduleState& one) { return one.key.id; });
  return state == states.end() ? now : std::max(state->considered, workflow::missed_until(schedule, now));
}

/// A tick that is due and waits for its part of the jitter is one of them.
std::vector<NextTick> find_next(const CurrentWorkflow& workflow, const States& states, Time now,
                                std::size_t count) {
  std::vector<NextTick> out;
  for (const workflow::ScheduleTrigger& schedule : workflow.triggers.schedules) {
    const Time after = last_considered(schedule, states, now);
    for (const Time at : schedule.times.between(after, Time::max(), count)) out.push_back({at, &schedule});
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

void write_next(JsonWriter& json, const CurrentWorkflow& workflow, const std::vector<NextTick>& next) {
  json.name("next").begin_array();
  for (const auto& [at, of] : next) {
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

/// What is asked of a workflow's schedules, and how far they have come.
struct Question {
  CurrentWorkflowPtr workflow;
  std::size_t next = 0;
  int ticks = 0;
  States states{};
};

void answer(Context& context, const Question& question, const std::vector<log::Schedules::Settled>& ticks,
            http::Responder responder) {
  const CurrentWorkflow& workflow = *question.workflow;
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("workflow").text(workflow.graph->slug);
  write_pause_over(json, context, workflow.graph->slug);
  write_schedules(json, workflow);
  write_next(json, workflow, find_next(workflow, question.states, context.clock.now(), question.next));
  json.name("ticks").begin_array();
  for (const log::Schedules::Settled& tick : ticks) write_tick(json, tick);
  json.end_array().end_object();
  responder.send(http::Response::json(200, std::move(out)));
}

void read_ticks(Context& context, Question question, http::Responder responder) {
  const std::string slug = question.workflow->graph->slug;
  const int count = question.ticks;
  auto read = [&context, question = std::move(question), responder = std::move(responder)](
                  const Result<std::vector<log::Schedules::Settled>>& ticks) mutable {
    if (!ticks) return responder.send(problem_of(ticks.error()));
    answer(context, question, *ticks, std::move(responder));
  };
  context.schedules.ticks(slug, count, std::move(read));
}

/// The states come before the ticks: what is decided in between stands in both lists, and nothing in neither.
void read_states(Context& context, Question question, http::Responder responder) {
  std::vector<log::ScheduleKey> keys = keys_of(*question.workflow);
  auto read = [&context, question = std::move(question),
               responder = std::move(responder)](Result<States> states) mutable {
    if (!states) return responder.send(problem_of(states.error()));
    question.states = *std::move(states);
    read_ticks(context, std::move(question), std::move(responder));
  };
  context.schedules.read(std::move(keys), std::move(read));
}

void show_schedule(Context& context, Call call) {
  const auto count = read_count(call.request);
  if (!count) return call.responder.send(count.error());
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const std::string slug = call.parameter("name");
  CurrentWorkflowPtr workflow = context.registry.workflows().find(slug);
  if (!workflow) return call.responder.send(no_workflow(context, slug));
  read_states(context, {.workflow = std::move(workflow), .next = *count, .ticks = *limit},
              std::move(call.responder));
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
