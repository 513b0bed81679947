#include "dispatcher/engine/parked.hpp"

#include <algorithm>

#include "shared/run/step_turns.hpp"

namespace callboard::dispatcher {
namespace {

/// No worker, and no decision of ours, is what the step waits for.
bool rests(const run::Step& step, const run::StepState& state, bool is_held) {
  switch (state.phase) {
    case run::StepPhase::running: return step.is_map() || step.starts_child();
    case run::StepPhase::ready: return is_held || step.held || run::lacks_turn(step, state);
    case run::StepPhase::blocked:
    case run::StepPhase::judging:
    case run::StepPhase::deciding: return is_held;
    default: return true;
  }
}

Time next_timer(const OpenRun& run) {
  Time next = Time::max();
  for (const auto& [step, at] : run.timers) next = std::min(next, at);
  return next;
}

}  // namespace

bool Parked::may_park(const OpenRun& run, Time now) {
  const run::RunState& state = run.state;
  const bool is_held = state.phase == run::RunPhase::paused || state.queued;
  if (!is_held && state.phase != run::RunPhase::running) return false;
  if (!run.waits_at.empty() || !run.preparing.empty() || !run.set_aside.empty() || run.dirty ||
      run.deciding || run.stale)
    return false;
  if (!state.commands.empty() || !state.later_decisions.empty() || !state.attention.empty()) return false;
  if (std::ranges::any_of(run.jobs, [](std::uint64_t job) { return job != 0; })) return false;
  if (std::ranges::any_of(run.listens, [](const auto& one) { return !one.second; })) return false;
  if (next_timer(run) < now + kAtLeast) return false;
  for (run::StepIndex step = 0; step < state.steps.size(); ++step) {
    if (!rests(run.step(step), state.steps[step], is_held)) return false;
  }
  return true;
}

void Parked::add(const OpenRun& run) {
  const Time at = next_timer(run);
  runs_[run.state.id] = {at, run.partition};
  if (at != Time::max()) by_time_.emplace(at, run.state.id);
}

void Parked::erase(const RunId& run) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  by_time_.erase({found->second.at, run});
  runs_.erase(found);
}

void Parked::drop(const RunId& run) {
  if (!find(run)) return;
  erase(run);
  watchers_.lost(run);
}

void Parked::drop_partition(Partition partition) {
  std::vector<RunId> gone;
  each([&](const RunId& run, Partition of) {
    if (of == partition) gone.push_back(run);
  });
  for (const RunId& run : gone) drop(run);
}

void Parked::drop_all() {
  while (!runs_.empty()) drop(RunId(runs_.begin()->first));
}

std::vector<RunId> Parked::find_due(Time now, std::size_t most) const {
  std::vector<RunId> out;
  for (auto next = by_time_.begin(); next != by_time_.end() && next->first <= now + kAhead; ++next) {
    if (out.size() == most) break;
    out.push_back(next->second);
  }
  return out;
}

std::optional<Time> Parked::find(const RunId& run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? std::nullopt : std::optional(found->second.at);
}

}  // namespace callboard::dispatcher
