#include "dispatcher/schedule/tick_runs.hpp"

#include <algorithm>

#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/ticks.hpp"

namespace callboard::dispatcher {

std::string tick_origin(const log::ScheduleKey& key, Time tick) {
  return key.workflow + ' ' + key.id + ' ' + format_time(tick);
}

std::pair<std::string, std::string> cron_and_zone(const std::string& id) {
  const std::size_t space = id.rfind(' ');
  return {id.substr(0, space), space == std::string::npos ? std::string() : id.substr(space + 1)};
}

namespace {

/// For those who wanted the same run while it was made.
Result<log::Arrived> outcome_of(const log::Tick& tick) {
  if (tick.outcome == log::TickOutcome::failed) return fail(ErrorCode::invalid, tick.detail);
  return log::Arrived{.duplicate = true, .delivery = {}, .runs = {*tick.run}, .at = {}};
}

}  // namespace

TickRuns::TickRuns(Ports ports, std::string vars, bool segments)
    : ports_(ports), vars_(std::move(vars)), segments_(segments) {}

void TickRuns::make(const log::ScheduleKey& key, const log::Tick& tick, const CurrentWorkflowPtr& workflow,
                    Made done) {
  const auto [waiting, is_first] = under_way_.try_emplace({key, tick.at});
  if (!is_first) {
    if (done) waiting->second.push_back(std::move(done));
    return;
  }
  auto inputs = workflow::resolve_inputs(workflow->inputs, std::string_view());
  if (!inputs) return refuse(key, tick, inputs.error(), std::move(done));
  accept(key, tick, workflow, std::move(*inputs), std::move(done));
}

/// No run can come of it.
void TickRuns::refuse(const log::ScheduleKey& key, log::Tick tick, const Error& why, Made done) {
  tick.outcome = log::TickOutcome::failed;
  tick.detail = why.message;
  settle(key, std::move(tick));
  if (done) done(std::unexpected(why));
}

void TickRuns::accept(const log::ScheduleKey& key, log::Tick tick, const CurrentWorkflowPtr& workflow,
                      std::string inputs, Made done) {
  const Time now = ports_.clock.now();
  const GraphPtr graph = workflow->graph;
  const auto [cron, zone] = cron_and_zone(key.id);
  const auto payload = std::make_shared<const Value>(  // shared with the run
      workflow::make_tick_payload(cron, zone, tick.at, now, tick.caught_up));
  log::Delivery delivery{.id = DeliveryId{make_uuid(now, ports_.random)},
                         .source = std::string(workflow::kSchedule),
                         .external_id = tick_origin(key, tick.at),
                         .event = std::string(workflow::kTick),
                         .at = {},
                         .headers = "{}",
                         .body = write_json(*payload),
                         .verdicts = {},
                         .matched_against = {}};
  const RunSeed seed{.graph = graph,
                     .inputs = std::move(inputs),
                     .vars = vars_,
                     .source = delivery.source,
                     .delivery = delivery.id,
                     .event_name = delivery.event,
                     .event = payload};
  auto made = make_new_run(ports_.engine, seed, now);
  if (!made) return refuse(key, std::move(tick), made.error(), std::move(done));
  log::NewRun run = std::move(*made);
  delivery.verdicts.push_back({.workflow = graph->slug, .outcome = "started", .run = run.id, .detail = {}});
  log::Arrival arrival{.origin_kind = delivery.source,
                       .origin = delivery.external_id,
                       .fingerprint = {},
                       .delivery = std::move(delivery),
                       .runs = {run}};
  ports_.intake.accept(
      std::move(arrival), ports_.clock.steady() + limits::kIngressHold,
      [this, alive = std::weak_ptr(alive_), key, tick = std::move(tick), graph, payload, run = std::move(run),
       done = std::move(done)](Result<log::Arrived> arrived) mutable {
        if (alive.expired()) return;
        const bool is_new = arrived && !arrived->duplicate;
        if (is_new) ports_.engine.adopt(run, graph, graph->reads_event ? payload : nullptr, arrived->at);
        if (!is_new) ports_.engine.expect(arrived && !arrived->runs.empty() ? arrived->runs.front() : run.id);
        if (arrived) {
          tick.outcome = log::TickOutcome::started;
          tick.run = arrived->runs.empty() ? run.id : arrived->runs.front();
          settle(key, std::move(tick));
        } else if (arrived.error().code == ErrorCode::invalid) {
          tick.outcome = log::TickOutcome::failed;
          tick.detail = arrived.error().message;
          settle(key, std::move(tick));
        } else {
          end({key, tick.at}, arrived);  // it is starting still: it will be finished
        }
        if (done) done(std::move(arrived));
      });
}

void TickRuns::finish(const log::Schedules::Settled& tick) {
  if (under_way_.contains({tick.key, tick.tick.at})) return;
  ports_.catalog.load(
      tick.tick.definition, [this, alive = std::weak_ptr(alive_), tick](Result<log::Definition> found) {
        if (alive.expired() || (!found && found.error().code != ErrorCode::not_found)) return;
        auto compiled = found ? compile_workflow(found->body, found->format, segments_)
                              : std::unexpected(std::vector<workflow::Problem>());
        if (compiled)
          return make(tick.key, tick.tick, std::make_shared<const CurrentWorkflow>(std::move(*compiled)));
        log::Tick failed = tick.tick;
        failed.outcome = log::TickOutcome::failed;
        failed.detail = "its definition can't be read any more";
        settle(tick.key, std::move(failed));
      });
}

void TickRuns::settle(const log::ScheduleKey& key, log::Tick tick) {
  settled_.push_back({key, std::move(tick)});
  if (!is_settling_) send_settled();
}

/// One statement at a time, with all that came meanwhile.
void TickRuns::send_settled() {
  is_settling_ = !settled_.empty();
  if (!is_settling_) return;
  auto sent = std::exchange(settled_, {});
  ports_.schedules.settle(sent, [this, alive = std::weak_ptr(alive_), sent](const Result<bool>&) {
    if (alive.expired()) return;
    // Where it failed they are starting still, and will be finished.
    for (const auto& [key, tick] : sent) end({key, tick.at}, outcome_of(tick));
    send_settled();
  });
}

void TickRuns::end(const Place& place, const Result<log::Arrived>& outcome) {
  auto ended = under_way_.extract(place);
  if (ended.empty()) return;
  for (Made& done : ended.mapped()) done(outcome);
}

}  // namespace callboard::dispatcher
