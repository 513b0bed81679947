#pragma once

#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

/// A rewind begins a new generation of a closed run: it keeps some ends of steps, and everything else is to
/// be done anew.
namespace callboard::run {

/// Completed, skipped, or failed with continueOnError; and what it depends on had ended before.
bool has_ended_well(const Step& step, const StepState& state);
/// Its `undo` has completed, of a map that of an item: whatever goes on from here does it again.
bool is_undone(const Graph& graph, const RunState& state, StepIndex place);

/// Part of fold(): the decision's lists are all that is left of what came before.
Result<void> fold_rewound(const Graph& graph, RunState& state, const Decision& decision, Time at);

/// The decision that runs again what has not ended well, and what stands below it. Part of decide().
Decision rewind_for_retry(const Graph& graph, const RunState& state);
/// The decision that keeps no more than these steps (by key), as far as they have ended well.
Decision rewind_to(const Graph& graph, const RunState& state, const std::vector<std::string>& keep);

}  // namespace callboard::run
