#pragma once

#include <optional>
#include <string>

#include "shared/base/error.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// Steps with a `throttle`: each attempt needs a turn before its job is published. That it has one is a
/// decision, step.admitted, which is appended in the transaction that takes the turn.
namespace callboard::run {

/// Of which throttle the step's attempt needs a turn: none if it has no throttle, or if the key comes out
/// empty. `invalid` where it can't be rendered or is longer than limits::kRateBytes.
Result<std::optional<Rate>> find_step_rate(const Graph& graph, const RunState& state, StepIndex step);

/// `throttle "provider-x" (at most 50 attempts in 1m)`
std::string describe_step_rate(const Rate& rate);

/// The current attempt has had no turn yet.
inline bool lacks_turn(const Step& step, const StepState& state) {
  return step.throttle.has_value() && state.admitted != state.attempt;
}

/// Part of fold().
void fold_step_admitted(RunState& state, StepIndex step, std::uint32_t attempt);

/// Parts of decide(). True: the step, which is ready, needs a turn and has none; it is noted among those that
/// do.
bool wants_turn(Round& round, StepIndex step);
/// Asks for one of the turns that are wanted, or arms timers for the time at which it may.
void ask_for_turn(Round& round);

}  // namespace callboard::run
