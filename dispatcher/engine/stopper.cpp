#include "dispatcher/engine/stopper.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"

namespace callboard::dispatcher {
namespace {

// How long a job that nobody has begun may still be on its way to a worker that has not said so.
constexpr Micros kBeginGrace = limits::kOverdue;
// A worker that was told for so long and does not name the step among what it executes is at it no more: it
// let go of it when its lease lapsed, and lives on.
constexpr Micros kLetGo = limits::kOverdue + std::chrono::seconds(1);

/// By a worker; a map has none.
bool is_begun(const run::StepState& state) {
  return state.phase == run::StepPhase::running && state.worker != Incarnation{};
}

/// Cleanup that runs already is let be: a dispatcher that takes the run over finds it under way.
bool must_stop(const OpenRun& run, run::StepIndex step) {
  return !run::is_closed(run.state.steps[step].phase) && !run::outlives_cancel(*run.graph, run.state, step);
}

/// A former owner's jobs are not known here. It can have published none of a step that is held, or that waits
/// for what only a decision or the outcome of another such step ends.
bool may_have_foreign_job(const OpenRun& run) {
  for (run::StepIndex step = 0; step < run.state.steps.size(); ++step) {
    const run::StepPhase phase = run.state.steps[step].phase;
    const bool is_open =
        !run::is_closed(phase) && phase != run::StepPhase::pending && phase != run::StepPhase::blocked;
    if (is_open && run.step(step).has_jobs()) return true;
  }
  return false;
}

}  // namespace

void Stopper::stop_workers(OpenRun& run) {
  if (run.workers_stopped || !stopping_.emplace(run.state.id, ports_.clock.steady()).second) return;
  publisher_.withdraw(run);
  tell(run);
  look(run.state.id);
}

void Stopper::tell(const OpenRun& run) {
  const std::string reason =
      run.state.closing ? std::string(to_string(run.state.closing->error_class)) : "cancelled";
  topics::StopRun stop{.run = run.state.id, .reason = reason, .generation = run.state.generation};
  for (run::StepIndex step = 0; step < run.state.steps.size(); ++step) {
    if (must_stop(run, step)) stop.steps.push_back(run.key(step));
  }
  if (stop.steps.empty()) return;
  ports_.notices.broadcast(topics::Notices::Audience::workers, topics::encode_stop(stop));
}

void Stopper::repeat() {
  std::erase_if(stopping_, [this](const auto& entry) {
    const OpenRun* const run = runs_.find(entry.first);
    return run == nullptr || run->state.phase != run::RunPhase::cancelling;
  });
  std::vector<RunId> ids;  // a look may end one
  ids.reserve(stopping_.size());
  for (const auto& [id, since] : stopping_) ids.push_back(id);
  for (const RunId& id : ids) {
    tell(*runs_.find(id));
    look(id);
  }
}

std::vector<log::EventLog::KeyOf> Stopper::open_keys(const OpenRun& run) const {
  std::vector<log::EventLog::KeyOf> keys;
  for (run::StepIndex step = 0; step < run.state.steps.size(); ++step) {
    const run::StepState& state = run.state.steps[step];
    const bool has_job = step < run.jobs.size() && run.jobs[step] != 0;
    if (!has_job && !is_begun(state)) continue;
    keys.push_back({run.state.id, run::result_key(run.key(step), state.attempt, state.generation)});
    keys.push_back({run.state.id, run::started_key(run.key(step), state.attempt, state.generation)});
  }
  return keys;
}

void Stopper::look(const RunId& id) {
  auto keys = open_keys(*runs_.find(id));
  if (keys.empty()) return judge(id);
  ports_.events.read_keys(std::move(keys), [this, id](Result<std::vector<run::Event>> events) {
    if (stopped_ || !events) return;
    for (const run::Event& event : *events) runs_.fold(event);
    judge(id);
  });
}

void Stopper::judge(const RunId& id) {
  const OpenRun* const run = runs_.find(id);
  if (run == nullptr || !run->set_aside.empty()) return;
  std::vector<Incarnation> begun;
  for (const run::StepState& state : run->state.steps) {
    if (is_begun(state)) begun.push_back(state.worker);
  }
  if (begun.empty()) return settle(id, {});
  ports_.ownership.find_dead(std::move(begun), [this, id](Result<std::vector<Incarnation>> dead) {
    if (!stopped_ && dead) settle(id, *dead);
  });
}

bool Stopper::is_over(const OpenRun& run, run::StepIndex step, const std::vector<Incarnation>& dead,
                      Micros told_for) const {
  const run::StepState& state = run.state.steps[step];
  const run::Step& definition = run.step(step);
  if (std::ranges::find(dead, state.worker) != dead.end()) return true;
  if (ports_.clock.now() > state.started_at + definition.timeout + limits::kCancelGrace + limits::kLease)
    return true;
  const std::string attempt =
      to_string(run.state.id) + "/" + run::result_key(run.key(step), state.attempt, state.generation);
  return told_for > kLetGo && fleet_.has_dropped(state.worker, attempt);
}

void Stopper::settle(const RunId& id, const std::vector<Incarnation>& dead) {
  OpenRun* const run = runs_.find(id);
  const auto since = stopping_.find(id);
  if (run == nullptr || since == stopping_.end() || !run->set_aside.empty()) return;
  const Micros told_for = ports_.clock.steady() - since->second;
  for (run::StepIndex step = 0; step < run->state.steps.size(); ++step) {
    if (!is_begun(run->state.steps[step]) || !must_stop(*run, step)) continue;
    if (!is_over(*run, step, dead, told_for)) return;
  }
  const bool may_begin = std::ranges::any_of(run->jobs, [](std::uint64_t job) { return job != 0; }) ||
                         (run->again && may_have_foreign_job(*run));
  if (may_begin && told_for < kBeginGrace) return;
  stopping_.erase(since);
  publisher_.drop(*run);
  run->again = true;  // a job that was never begun may still stand on the bus
  run->workers_stopped = true;
  run->state.attention_run = true;
  runs_.touch(*run);
}

}  // namespace callboard::dispatcher
