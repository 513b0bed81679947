#pragma once

#include "shared/run/state.hpp"

/// No event of the log says that a step whose `if` holds is ready, nor that one which cleans up may begin
/// while the run cancels: the run's owner judges that anew whenever it has folded the run. For others that
/// look at a run.
namespace callboard::run {

/// What stands can't be judged, or said, without the event's payload, which is not at hand.
bool lacks_payload(const Graph& graph, const RunState& state);

/// Has the state say what its owner's says.
void open_what_may_begin(const Graph& graph, RunState& state);

}  // namespace callboard::run
