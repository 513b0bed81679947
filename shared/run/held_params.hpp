#pragma once

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"
#include "shared/value/value.hpp"

namespace callboard::run {

/// The params of a step that the dispatcher holds, with their expressions evaluated.
Result<Value> render_held_params(const Graph& graph, const RunState& state, StepIndex step);

}  // namespace callboard::run
