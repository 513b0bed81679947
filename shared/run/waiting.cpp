#include "shared/run/waiting.hpp"

#include <algorithm>

#include "shared/run/admission.hpp"
#include "shared/run/approval.hpp"
#include "shared/run/close.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/sleep.hpp"
#include "shared/run/step_turns.hpp"
#include "shared/run/wait.hpp"

namespace callboard::run {
namespace {

Waiting of_decision(const Graph& graph, const RunState& state, StepIndex step) {
  return {WaitKind::decision, step, begin_of(graph, state, step), std::nullopt};
}

Waiting of_worker(const Graph& graph, const RunState& state, StepIndex step) {
  const bool is_running = state.steps[step].phase == StepPhase::running;
  const Time since = is_running ? state.steps[step].started_at : begin_of(graph, state, step);
  return {WaitKind::worker, step, since, std::nullopt};
}

Waiting of_wait(const Graph& graph, const RunState& state, StepIndex step) {
  Waiting out{WaitKind::signal, step, begin_of(graph, state, step), wait_deadline(graph, state, step)};
  const auto awaited = read_awaited(graph, state, step);
  if (!awaited) return {WaitKind::decision, step, out.since, std::nullopt};
  if (awaited->signals.empty()) out.kind = awaited->events.empty() ? WaitKind::timer : WaitKind::event;
  if (awaited->until) out.until = std::min(*out.until, *awaited->until);
  for (const std::string& name : awaited->signals) out.detail += (out.detail.empty() ? "" : " or ") + name;
  for (const std::string& event : awaited->events)
    out.detail += (out.detail.empty() ? "event " : " or event ") + event;
  return out;
}

Waiting of_approval(const Graph& graph, const RunState& state, StepIndex step) {
  Waiting out{WaitKind::approval, step, begin_of(graph, state, step), wait_deadline(graph, state, step)};
  const auto approval = read_approval(graph, state, step);
  if (!approval) return {WaitKind::decision, step, out.since, std::nullopt};
  const Votes votes = count_votes(*approval, state, key_of(graph, state, step));
  out.detail = std::to_string(votes.yes.size()) + " of " + std::to_string(approval->count) + " have approved";
  for (const std::string& name : approval->approvers) {
    out.detail += (name == approval->approvers.front() ? "; may: " : ", ") + name;
  }
  return out;
}

Waiting of_child(const Graph& graph, const RunState& state, StepIndex step) {
  const StepState& of = state.steps[step];
  Waiting out{WaitKind::child, step, of.started_at, of.started_at + step_of(graph, state, step).timeout};
  out.detail = "run " + to_string(*of.child);
  return out;
}

Waiting of_ready(const Graph& graph, const RunState& state, StepIndex step) {
  const Step& definition = step_of(graph, state, step);
  if (definition.is_map()) return of_decision(graph, state, step);
  if (lacks_turn(definition, state.steps[step])) {
    const auto rate = find_step_rate(graph, state, step);
    if (!rate) return of_decision(graph, state, step);
    if (*rate)
      return {WaitKind::throttle, step, begin_of(graph, state, step), std::nullopt,
              describe_step_rate(**rate)};
  }
  if (!definition.held) return of_worker(graph, state, step);
  if (definition.executor == "wait") return of_wait(graph, state, step);
  if (definition.executor == "approval") return of_approval(graph, state, step);
  if (definition.executor != "sleep") return of_decision(graph, state, step);
  const auto wake = wake_time(graph, state, step);
  if (!wake) return of_decision(graph, state, step);
  return {WaitKind::timer, step, begin_of(graph, state, step), *wake};
}

std::optional<Waiting> of_step(const Graph& graph, const RunState& state, StepIndex step) {
  const StepState& of = state.steps[step];
  if (of.phase == StepPhase::deciding || of.phase == StepPhase::judging)
    return Waiting{WaitKind::decision, step, of.retry_at, std::nullopt};
  if (of.phase == StepPhase::asking) return Waiting{WaitKind::answer, step, of.retry_at, std::nullopt};
  if (of.open_dependencies > 0 && of.phase == StepPhase::pending) return std::nullopt;
  const bool is_map = step_of(graph, state, step).is_map();
  if (is_map && of.phase == StepPhase::running) return std::nullopt;                // its items say why
  if (is_item(graph, step) && of.phase == StepPhase::pending) return std::nullopt;  // behind the others
  switch (of.phase) {
    case StepPhase::pending:
    case StepPhase::blocked: return of_decision(graph, state, step);
    case StepPhase::ready: return of_ready(graph, state, step);
    case StepPhase::running:
      return of.child && !of.settled && step_of(graph, state, step).starts_child()
                 ? of_child(graph, state, step)
                 : of_worker(graph, state, step);
    case StepPhase::retrying:
      return Waiting{WaitKind::retry, step, begin_of(graph, state, step), of.retry_at};
    default: return std::nullopt;
  }
}

/// A worker may execute it, and has to stop for the run's cancel.
bool is_to_be_stopped(const Graph& graph, const RunState& state, StepIndex place) {
  const StepPhase phase = state.steps[place].phase;
  if (is_closed(phase) || phase == StepPhase::pending || phase == StepPhase::blocked) return false;
  return step_of(graph, state, place).has_jobs() && !outlives_cancel(graph, state, place);
}

/// Of a run that cancels only what may still begin or runs counts; all else is over. What cleans up begins
/// once nothing has to be stopped any more, and goes on where it runs already.
std::vector<Waiting> while_cancelling(const Graph& graph, const RunState& state) {
  std::vector<Waiting> out;
  bool stops = false;
  if (!state.workers_stopped)
    each_place(graph, state, [&](StepIndex place) { stops |= is_to_be_stopped(graph, state, place); });
  if (stops) out.push_back({WaitKind::stopping, kNoStep, state.latest_at, std::nullopt});
  for (const StepIndex step : graph.outliving) {
    if (!outlives_cancel(graph, state, step)) continue;
    if (stops && state.steps[step].phase != StepPhase::running) continue;
    if (auto waiting = of_step(graph, state, step)) out.push_back(*waiting);
  }
  each_place(graph, state, [&](StepIndex place) {
    const StepState& of = state.steps[place];
    const bool is_awaited = of.phase == StepPhase::running && of.child && !of.leaves_child;
    if (!is_awaited || outlives_cancel(graph, state, place)) return;
    out.push_back(of_child(graph, state, place));
    out.back().until = std::nullopt;  // it has been told to end
  });
  return out;
}

std::vector<Waiting> while_paused(const RunState& state) {
  const Waiting by_person{WaitKind::pause, kNoStep, state.paused_at, std::nullopt};
  std::vector<Waiting> out;
  if (!state.paused.scope.empty()) {
    out.push_back(by_person);
    out.back().detail = state.paused.why;
  }
  if (state.paused.by_person) out.push_back(by_person);
  return out;
}

/// Which of the two it lacks stands in no event.
std::vector<Waiting> while_queued(const Graph& graph, const RunState& state) {
  std::vector<Waiting> out;
  const Time until = deadline(graph, state);
  if (const auto& group = state.created.group)
    out.push_back({WaitKind::place, kNoStep, state.opened_at, until, describe(*group)});
  if (const auto& rate = state.created.rate)
    out.push_back({WaitKind::throttle, kNoStep, state.opened_at, until, describe(*rate)});
  return out;
}

}  // namespace

std::string_view to_string(WaitKind kind) {
  switch (kind) {
    case WaitKind::worker: return "worker";
    case WaitKind::timer: return "timer";
    case WaitKind::retry: return "retry";
    case WaitKind::signal: return "signal";
    case WaitKind::event: return "event";
    case WaitKind::approval: return "approval";
    case WaitKind::answer: return "answer";
    case WaitKind::pause: return "pause";
    case WaitKind::decision: return "decision";
    case WaitKind::child: return "child";
    case WaitKind::place: return "place";
    case WaitKind::throttle: return "throttle";
    case WaitKind::stopping: return "stopping";
  }
  return "decision";
}

std::vector<Waiting> waiting_for(const Graph& graph, const RunState& state) {
  std::vector<Waiting> out;
  if (is_closed(state.phase)) return out;
  if (state.phase == RunPhase::cancelling) {
    out = while_cancelling(graph, state);
  } else if (state.phase == RunPhase::paused) {
    out = while_paused(state);
  } else if (state.created.needs_approval) {
    out.push_back({WaitKind::approval, kNoStep, state.opened_at, deadline(graph, state)});
    out.back().detail = "people from outside caused it: a person must approve the run";
  } else if (state.queued) {
    out = while_queued(graph, state);
  } else if (state.phase == RunPhase::running) {
    each_place(graph, state, [&](StepIndex place) {
      if (auto waiting = of_step(graph, state, place)) out.push_back(*waiting);
    });
  }
  if (out.empty()) out.push_back({WaitKind::decision, kNoStep, state.latest_at, std::nullopt});
  return out;
}

RunPhase shown_phase(const Graph& graph, const RunState& state) {
  if (state.phase == RunPhase::pending && state.created.needs_approval) return RunPhase::waiting;
  if (state.phase != RunPhase::running) return state.phase;
  const bool is_moving = std::ranges::any_of(waiting_for(graph, state), [](const Waiting& wait) {
    return wait.kind == WaitKind::worker || wait.kind == WaitKind::decision;
  });
  return is_moving ? RunPhase::running : RunPhase::waiting;
}

}  // namespace callboard::run
