#pragma once

#include <memory>
#include <optional>
#include <string>

#include "shared/base/error.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// Groups of runs of which only so many may be at work at once: how a run comes to its place. Who has one
/// stands in the log's slots; here is what that means for the run itself.
namespace callboard::run {

/// In which group a run that is about to be made needs a place: none if its workflow asks for none, or if the
/// group's text comes out empty. `invalid` where it can't be rendered or is longer than limits::kGroupBytes.
Result<std::optional<Group>> find_group(const Graph& graph, const RunId& run, const Created& created,
                                        std::shared_ptr<const Value> event);

/// The labels of a run that is about to be made; one that comes out empty it has not, one that is longer than
/// limits::kLabelBytes is cut. `invalid` where one can't be rendered.
Result<Labels> find_labels(const Graph& graph, const RunId& run, const Created& created,
                           std::shared_ptr<const Value> event);

/// `group "acme/widgets" (at most 1 run at once)`
std::string describe(const Group& group);

/// Part of fold(): everything that the run waits and is timed for begins now.
Result<void> fold_admitted(RunState& state, Time at);

/// Parts of decide(), of a run without its place.
void decide_queued(Round& round, bool attention_run);
void decide_paused_in_queue(Round& round, bool attention_run);

}  // namespace callboard::run
