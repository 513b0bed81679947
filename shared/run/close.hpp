#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/run/state.hpp"

/// How a run closes. Part of decide().
namespace callboard::run {

/// How long the run may take, or wait for an approval or to be admitted.
inline Micros timeout_of(const Graph& graph, const RunState& state) {
  if (!state.queued) return graph.timeout;
  if (state.created.needs_approval) return limits::kPlaceTimeout;
  if (!state.created.group) return limits::kTurnTimeout;  // a throttle delays, and drops nothing
  return graph.concurrency ? graph.concurrency->timeout : limits::kPlaceTimeout;
}
/// When that time-out passes, if it is not paused again.
inline Time deadline(const Graph& graph, const RunState& state) {
  return state.opened_at + timeout_of(graph, state) + state.paused_for;
}

/// Of a run that did not cancel, all its steps closed (or closing in the same row): run.completed with its
/// outputs, or run.failed with the error of the step that failed first, or of outputs that can't be
/// evaluated or are not what their types say.
Decision close_finished(const Graph& graph, const RunState& state);
/// Of a run that cancelled: run.cancelled, or run.failed where its time-out was the cause.
Decision close_cancelled(const StepError& closing);

/// The phase that a decision closes the run with, if it is one that closes.
std::optional<RunPhase> closing_phase(EventType type);

/// Outcome keys that may still be written: of open steps that a worker may have been asked for, and of those
/// that travel behind them.
std::vector<std::string> find_free_keys(const Graph& graph, const RunState& state);

}  // namespace callboard::run
