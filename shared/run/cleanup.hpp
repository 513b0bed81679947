#pragma once

#include <vector>

#include "shared/run/state.hpp"

namespace callboard::run {

/// A step, or an item, that is not over while the run cancels: it is not closed, and may begin or go on.
struct Cleanup {
  StepIndex step = kNoStep;
  bool waits = false;  // for others that are not over either, or for a child that is being cancelled
};

/// In the order of the file. Part of decide().
std::vector<Cleanup> find_cleanup(const Graph& graph, const RunState& state);

/// Those that nothing holds up, but for workers that have to stop: they begin, or have begun, though no event
/// says so.
std::vector<StepIndex> find_free_cleanup(const Graph& graph, const RunState& state);

}  // namespace callboard::run
