#pragma once

#include <span>

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// The state of a run of which nothing is folded yet. `graph` must outlive what is done with the state.
RunState make_state(const Graph& graph, const RunId& id);

/// Folds one event, in whatever order they come and however often: facts are a set, rows of decisions apply
/// in the order of their numbers (a later one waits in the state). Folding the same events in any order gives
/// the same state, but for `attention`. An illegal transition, or bytes that don't decode, is an error that
/// names both, and changes nothing that matters: the run must be set aside.
Result<void> fold(const Graph& graph, RunState& state, const Event& event);
/// All of them, up to the first that is refused.
Result<void> fold_all(const Graph& graph, RunState& state, std::span<const Event> events);

}  // namespace callboard::run
