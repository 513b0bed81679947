#pragma once

#include <optional>

#include "shared/run/round.hpp"

/// What people ask of a run. A command has an effect by the decision that consumes it, and by no other. Parts
/// of decide().
namespace callboard::run {

/// A `cancel`; a `rewind` of an open run, which is cancelled first; or the run's time-out.
std::optional<Decision> find_reason_to_cancel(const Round& round);

/// `pause` and `resume`, in the order in which they came: the last one holds, all of them are consumed. They
/// speak for persons alone; what Outlook::hold says stands beside them.
/// The approval of a run that waits for one.
std::optional<Decision> find_approval(const Round& round);
std::optional<Decision> find_pause_or_resume(const Round& round);

/// `answer` for a step that asks.
void decide_asking(Round& round, StepIndex step);

/// `retry` and `rewind` of a closed run that are meant for its generation.
std::optional<Decision> find_rewind(const Graph& graph, const RunState& state);

/// Somebody has asked for that, and no decision has consumed it: an open run is to be rewound once it is
/// closed.
bool is_to_be_rewound(const RunState& state);

/// True while a closed run is to be rewound: its owner keeps it in memory until it is.
bool wants_rewind(const RunState& state);

}  // namespace callboard::run
