#pragma once

#include <vector>

#include "shared/run/state.hpp"

namespace callboard::run {

/// The decisions with which a fork begins: the ends of those steps of `graph` that ended well in a run of
/// `old_graph` (told apart by their keys), don't stand at or below `from`, and rest on nothing but such
/// steps.
std::vector<Decision> keep_for_fork(const Graph& old_graph, const RunState& state, const Graph& graph,
                                    StepIndex from);

}  // namespace callboard::run
