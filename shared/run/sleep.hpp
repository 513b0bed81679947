#pragma once

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// When a `sleep` step that is ready ends: `for` (duration text, or seconds) behind its begin, or `until`
/// (RFC 3339). `invalid` if its params can't be evaluated or name neither, both, or no time.
Result<Time> wake_time(const Graph& graph, const RunState& state, StepIndex step);

}  // namespace callboard::run
