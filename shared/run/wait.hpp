#pragma once

#include <string>

#include "shared/base/error.hpp"
#include "shared/run/items.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// The name of the signal that a `wait` waits for; `invalid` where its params can't be rendered or name none.
Result<std::string> awaited_signal(const Graph& graph, const RunState& state, StepIndex step);

/// When a `wait` that is ready gives up.
inline Time wait_deadline(const Graph& graph, const RunState& state, StepIndex step) {
  return state.steps[step].ready_at + step_of(graph, state, step).timeout;
}

/// Letters, digits, `.`, `_` and `-`, 1 to 100 of them.
bool is_signal_name(std::string_view name);

}  // namespace callboard::run
