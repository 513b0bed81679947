#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/run/state.hpp"

namespace callboard::run {

enum class WaitKind : std::uint8_t {
  worker,    // a job waits for, or is with, a worker
  timer,     // sleep
  retry,     // the next attempt's time
  signal,    // wait
  event,     // wait, for an event alone
  approval,  // somebody's yes or no
  answer,    // a step with effect `once` lost its worker: somebody must say what became of it
  pause,     // until whoever paused it lets it go on
  decision,  // a row of decisions is on its way into the log
  child,     // a run that a step of it has started, and waits for
  place,     // in its group, while others have all of them
  throttle,  // so many have begun of late that it has to wait for its turn
  stopping,  // what workers execute is being stopped
};
std::string_view to_string(WaitKind kind);

/// One live reason for which an open run is not closed.
struct Waiting {
  WaitKind kind = WaitKind::decision;
  StepIndex step = kNoStep;
  Time since{};
  std::optional<Time> until;
  /// In words: of a pause of several runs, an approval, a place or a throttle (which), a child.
  std::string detail{};
};

/// Every reason, in the order of the steps; never empty for an open run, always empty for a closed one.
std::vector<Waiting> waiting_for(const Graph& graph, const RunState& state);

/// What is said of a run, in lists and alone: `waiting` where nothing of it can go on before a time, an
/// event, a person or another run lets it.
RunPhase shown_phase(const Graph& graph, const RunState& state);

}  // namespace callboard::run
