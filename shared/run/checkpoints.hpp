#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// A point of the log: all steps of a level of the graph, and of those above it, had ended. Its id follows
/// from the events up to it in the order of their positions, so that nothing is written for it and any
/// rebuild finds it again.
struct Checkpoint {
  std::string id;  // <generation>.<level>.<16 hex digits of a hash of the events so far>
  std::uint32_t generation = 1;
  std::uint32_t level = 0;
  std::int64_t position = 0;    // of the event that completed it
  std::uint32_t decisions = 0;  // rows folded
  Time at{};
};

/// Folds the events, which stand in the order of their positions, and visits each checkpoint with the state
/// at it, until `visit` answers false.
using VisitCheckpoint = std::function<bool(const Checkpoint&, const RunState&)>;
Result<void> walk_checkpoints(const Graph& graph, const RunId& run, const std::vector<Event>& events,
                              const VisitCheckpoint& visit);

/// Keys of the steps that had ended in a state.
std::vector<std::string> ended_steps(const Graph& graph, const RunState& state);

}  // namespace callboard::run
