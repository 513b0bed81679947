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

/// Folds a run's events in the order of their positions, and says where that comes to a checkpoint.
class CheckpointWalk {
 public:
  CheckpointWalk(const Graph& graph, const RunId& run);
  /// Goes on from a checkpoint: `state` is the fold at it, `chain` what chain() was there.
  CheckpointWalk(const Graph& graph, RunState state, std::string chain, std::uint32_t events);

  /// The checkpoints that stand at this event, the lowest level first; mostly none. An error is fold's.
  Result<std::vector<Checkpoint>> fold(const Event& event);

  const RunState& state() const { return state_; }
  const std::string& chain() const { return chain_; }
  std::uint32_t events() const { return events_; }

 private:
  std::vector<std::uint32_t> ended_levels();

  const Graph& graph_;
  RunState state_;
  std::string chain_;         // hex SHA-256; each event's covers the one before it
  std::uint32_t events_ = 0;  // folded
  std::uint32_t generation_ = 1;
  std::size_t ended_ = 0;  // steps at the front of by_level that have settled in this generation
};

/// Folds the events, which stand in the order of their positions, and visits each checkpoint with the state
/// at it, until `visit` answers false.
using VisitCheckpoint = std::function<bool(const Checkpoint&, const RunState&)>;
Result<void> walk_checkpoints(const Graph& graph, const RunId& run, const std::vector<Event>& events,
                              const VisitCheckpoint& visit);

/// Keys of the steps that had ended in a state.
std::vector<std::string> ended_steps(const Graph& graph, const RunState& state);

}  // namespace callboard::run
