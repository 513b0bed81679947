#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// The executor `wait`. Part of decide().
namespace callboard::run {

/// What a `wait` waits for: whichever comes first ends it.
struct Awaited {
  std::vector<std::string> signals;  // names
  std::vector<std::string> events;   // for people: "github push"
  std::optional<Time> until;
  Time since{};  // of events: none that came before counts
};

/// `invalid` where the params of a `wait` can't be rendered, or name nothing to wait for.
Result<Awaited> read_awaited(const Graph& graph, const RunState& state, StepIndex step);

/// When a step that waits, and is ready, gives up.
inline Time wait_deadline(const Graph& graph, const RunState& state, StepIndex step) {
  return begin_of(graph, state, step) + step_of(graph, state, step).timeout;
}

/// Ends the step if what it waits for has come, or its time is over; else arms its timer.
void decide_wait(Round& round, StepIndex step);

/// The end of a step that waited for too long: it fails with class timeout and `message`, or completes with
/// {"timedOut":true} where `params` say onTimeout: continue.
void end_in_timeout(Round& round, StepIndex step, const Value& params, std::string message);

/// Letters, digits, `.`, `_` and `-`, 1 to 100 of them.
bool is_signal_name(std::string_view name);

}  // namespace callboard::run
