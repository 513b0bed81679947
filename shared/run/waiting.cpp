#include "shared/run/waiting.hpp"

#include "shared/run/admission.hpp"
#include "shared/run/close.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/sleep.hpp"
#include "shared/run/wait.hpp"

namespace callboard::run {
namespace {

Waiting of_worker(const StepState& state, StepIndex step) {
  const Time since = state.phase == StepPhase::running ? state.started_at : state.ready_at;
  return {WaitKind::worker, step, since, std::nullopt};
}

Waiting of_ready(const Graph& graph, const RunState& state, StepIndex step) {
  if (!graph.steps[step].held) return of_worker(state.steps[step], step);
  if (graph.steps[step].executor == "wait") {
    return {WaitKind::signal, step, state.steps[step].ready_at, wait_deadline(graph, state, step)};
  }
  const auto wake = wake_time(graph, state, step);
  if (!wake) return {WaitKind::decision, step, state.steps[step].ready_at, std::nullopt};
  return {WaitKind::timer, step, state.steps[step].ready_at, *wake};
}

std::optional<Waiting> of_step(const Graph& graph, const RunState& state, StepIndex step) {
  const StepState& of = state.steps[step];
  if (of.phase == StepPhase::deciding) return Waiting{WaitKind::decision, step, of.retry_at, std::nullopt};
  if (of.phase == StepPhase::asking) return Waiting{WaitKind::answer, step, of.retry_at, std::nullopt};
  if (of.open_dependencies > 0 && of.phase == StepPhase::pending) return std::nullopt;
  switch (of.phase) {
    case StepPhase::pending:
    case StepPhase::blocked: return Waiting{WaitKind::decision, step, of.ready_at, std::nullopt};
    case StepPhase::ready: return of_ready(graph, state, step);
    case StepPhase::running: return of_worker(of, step);
    case StepPhase::retrying: return Waiting{WaitKind::retry, step, of.ready_at, of.retry_at};
    default: return std::nullopt;
  }
}

/// Of a run that cancels only what may still begin or runs counts; all else is over.
std::vector<Waiting> while_cancelling(const Graph& graph, const RunState& state) {
  std::vector<Waiting> out;
  if (!state.workers_stopped && state.open_steps > 0) {
    out.push_back({WaitKind::stopping, kNoStep, state.latest_at, std::nullopt});
    return out;
  }
  for (const StepIndex step : graph.asks_status) {
    if (!outlives_cancel(graph, state, step)) continue;
    if (auto waiting = of_step(graph, state, step)) out.push_back(*waiting);
  }
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

}  // namespace

std::string_view to_string(WaitKind kind) {
  switch (kind) {
    case WaitKind::worker: return "worker";
    case WaitKind::timer: return "timer";
    case WaitKind::retry: return "retry";
    case WaitKind::signal: return "signal";
    case WaitKind::answer: return "answer";
    case WaitKind::pause: return "pause";
    case WaitKind::decision: return "decision";
    case WaitKind::place: return "place";
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
  } else if (state.queued) {
    out.push_back({WaitKind::place, kNoStep, state.opened_at, deadline(graph, state)});
    out.back().detail = describe(*state.created.group);
  } else if (state.phase == RunPhase::running) {
    for (StepIndex step = 0; step < state.steps.size(); ++step) {
      if (auto waiting = of_step(graph, state, step)) out.push_back(*waiting);
    }
  }
  if (out.empty()) out.push_back({WaitKind::decision, kNoStep, state.latest_at, std::nullopt});
  return out;
}

}  // namespace callboard::run
