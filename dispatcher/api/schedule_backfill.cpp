#include "dispatcher/api/schedule_backfill.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "dispatcher/api/json_writer.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/inputs.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kCallMost = std::chrono::seconds(5);

std::unexpected<http::Response> refuse(std::string_view detail) {
  return std::unexpected(http::make_problem(400, detail));
}

struct PlannedTick {
  Time at{};
  std::string id;
};

/// One call. Shared by the callbacks of its runs, one at a time.
struct Backfill {
  Context& context;
  http::Responder responder;
  CurrentWorkflowPtr workflow;
  std::vector<PlannedTick> ticks;
  Micros interval{0};
  Steady end{};
  std::size_t next = 0;
  std::size_t started = 0;
  std::size_t existing = 0;
  std::vector<std::pair<Time, std::string>> failed{};
};
using BackfillPtr = std::shared_ptr<Backfill>;

Read<Time> read_end(const Value& range, std::string_view name) {
  const auto at = parse_time(find_text(&range, name));
  if (!at) return refuse("schedule." + std::string(name) + " must be a time (RFC 3339)");
  return *at;
}

/// Beyond the limit: one more than it.
std::vector<PlannedTick> plan(const CurrentWorkflow& workflow, const ScheduleRange& range) {
  std::vector<PlannedTick> out;
  for (const workflow::ScheduleTrigger& schedule : workflow.triggers.schedules) {
    if (!range.cron.empty() && schedule.times.cron() != range.cron) continue;
    for (const Time at :
         schedule.times.between(range.from - Micros(1), range.until,
                                limits::kBackfillTicks + 1 - std::min(out.size(), limits::kBackfillTicks)))
      out.push_back({at, schedule.times.id()});
  }
  std::ranges::sort(out, {}, [](const PlannedTick& tick) { return std::tie(tick.at, tick.id); });
  return out;
}

void answer(Backfill& backfill, bool dry_run) {
  std::string out;
  JsonWriter json(out);
  const auto& ticks = backfill.ticks;
  json.begin_object().name("dryRun").boolean(dry_run).name("ticks").number(ticks.size());
  json.name("first").time(ticks.empty() ? Time{} : ticks.front().at);
  json.name("last").time(ticks.empty() ? Time{} : ticks.back().at);
  json.name("started").number(backfill.started).name("existing").number(backfill.existing);
  json.name("failed").begin_array();
  for (const auto& [at, reason] : backfill.failed)
    json.begin_object().name("at").time(at).name("reason").text(reason).end_object();
  json.end_array();
  const bool is_done = dry_run || backfill.next == ticks.size();
  json.name("next").time(is_done ? Time{} : ticks[backfill.next].at).end_object();
  backfill.responder.send(http::Response::json(200, std::move(out)));
}

void make_next(const BackfillPtr& backfill);

void made(const BackfillPtr& backfill, Time at, const Result<log::Arrived>& arrived) {
  Context& context = backfill->context;
  if (!arrived) {
    backfill->failed.emplace_back(at, arrived.error().message);
    if (arrived.error().code == ErrorCode::unavailable) return answer(*backfill, false);
  } else {
    ++(arrived->duplicate ? backfill->existing : backfill->started);
  }
  const bool is_paced = arrived && !arrived->duplicate;
  context.loop.after(is_paced ? backfill->interval : Micros(0), [backfill] { make_next(backfill); });
}

void make_next(const BackfillPtr& backfill) {
  Context& context = backfill->context;
  const bool is_done = backfill->next == backfill->ticks.size();
  // Two schedules may fire at one time: a call ends between times, so that the next one can go on by them.
  const bool is_between = !is_done && backfill->next > 0 &&
                          backfill->ticks[backfill->next].at != backfill->ticks[backfill->next - 1].at;
  if (is_done || (is_between && context.clock.steady() >= backfill->end)) return answer(*backfill, false);
  const PlannedTick& planned = backfill->ticks[backfill->next++];
  log::Tick tick;
  tick.at = planned.at;
  tick.definition = backfill->workflow->graph->hash;
  context.ticks.make(
      {backfill->workflow->graph->slug, planned.id}, tick, backfill->workflow,
      [backfill, at = planned.at](const Result<log::Arrived>& arrived) { made(backfill, at, arrived); });
}

/// What making the runs would come to.
void preview(const BackfillPtr& backfill) {
  const std::string& slug = backfill->workflow->graph->slug;
  if (const auto inputs = workflow::resolve_inputs(backfill->workflow->inputs, std::string_view()); !inputs) {
    for (const PlannedTick& tick : backfill->ticks)
      backfill->failed.emplace_back(tick.at, inputs.error().message);
    return answer(*backfill, true);
  }
  std::vector<std::string> origins;
  for (const PlannedTick& tick : backfill->ticks) origins.push_back(tick_origin({slug, tick.id}, tick.at));
  backfill->context.past.find_made(std::string(workflow::kSchedule), std::move(origins),
                                   [backfill](const Result<std::vector<bool>>& made) {
                                     if (!made) return backfill->responder.send(problem_of(made.error()));
                                     backfill->existing =
                                         static_cast<std::size_t>(std::ranges::count(*made, true));
                                     backfill->started = made->size() - backfill->existing;
                                     answer(*backfill, true);
                                   });
}

}  // namespace

Read<ScheduleRange> read_schedule_range(const Value& body, Time now) {
  const Value* const given = find(&body, "schedule");
  if (given == nullptr || !given->is_object())
    return refuse("schedule must be an object with from and until");
  for (const auto& member : given->get_object()) {
    if (member.key() != "from" && member.key() != "until" && member.key() != "cron")
      return refuse("schedule may have from, until and cron; found " + std::string(member.key()));
  }
  const auto from = read_end(*given, "from");
  if (!from) return std::unexpected(from.error());
  const auto until = read_end(*given, "until");
  if (!until) return std::unexpected(until.error());
  if (*until < *from) return refuse("schedule.until must not be before schedule.from");
  if (*until > now) return refuse("schedule.until must not be in the future: those ticks come by themselves");
  return ScheduleRange{*from, *until, std::string(find_text(given, "cron"))};
}

void backfill_schedule(Context& context, CurrentWorkflowPtr workflow, const ScheduleRange& range,
                       Micros interval, bool dry_run, http::Responder responder) {
  std::vector<PlannedTick> ticks = plan(*workflow, range);
  if (ticks.size() > limits::kBackfillTicks) {
    return responder.send(http::make_problem(422, "the range holds more than " +
                                                      std::to_string(limits::kBackfillTicks) +
                                                      " ticks: ask for a part of it"));
  }
  const bool has_schedule = std::ranges::any_of(workflow->triggers.schedules, [&](const auto& schedule) {
    return range.cron.empty() || schedule.times.cron() == range.cron;
  });
  if (!has_schedule)
    return responder.send(
        http::make_problem(409, "workflow " + workflow->graph->slug + " has no such schedule"));
  const auto backfill = std::make_shared<Backfill>(Backfill{.context = context,
                                                            .responder = std::move(responder),
                                                            .workflow = std::move(workflow),
                                                            .ticks = std::move(ticks),
                                                            .interval = interval,
                                                            .end = context.clock.steady() + kCallMost});
  dry_run ? preview(backfill) : make_next(backfill);
}

}  // namespace callboard::dispatcher
