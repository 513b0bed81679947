#pragma once

#include <memory>
#include <optional>
#include <string>

#include "shared/base/error.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// Groups of runs of which only so many may be at work at once, and throttles of which only so many may begin
/// in a time: how a run is admitted. Who has a place and who had a turn stands in the log's slots; here is
/// what that means for the run itself.
namespace callboard::run {

/// In which group a run that is about to be made needs a place: none if its workflow asks for none, or if the
/// group's text comes out empty. `invalid` where it can't be rendered or is longer than limits::kGroupBytes.
Result<std::optional<Group>> find_group(const Graph& graph, const RunId& run, const Created& created,
                                        std::shared_ptr<const Value> event);

/// Of which throttle it needs a turn: none if its workflow has none, or if the key comes out empty.
Result<std::optional<Rate>> find_rate(const Graph& graph, const RunId& run, const Created& created,
                                      std::shared_ptr<const Value> event);
/// The labels of a run that is about to be made; one that comes out empty it has not, one that is longer than
/// limits::kLabelBytes is cut. `invalid` where one can't be rendered.
Result<Labels> find_labels(const Graph& graph, const RunId& run, const Created& created,
                           std::shared_ptr<const Value> event);

/// All three, written into `created`: what a run that is about to be made is admitted and found by.
Result<void> render_created(const Graph& graph, const RunId& run, const std::shared_ptr<const Value>& event,
                            Created& created);

/// `group "acme/widgets" (at most 1 run at once)`
std::string describe(const Group& group);
/// `throttle "acme/widgets" (at most 10 runs in 1m)`
std::string describe(const Rate& rate);
/// What a run waits for that is not admitted: `a place in its group "…" and a turn of its throttle "…"`
std::string describe_wait(const Created& created);

/// Part of fold(): a person has approved the run, and what was kept from it because people from outside
/// caused it is kept no longer. Where it needs no place it begins now.
Result<void> fold_approved(RunState& state, Time at);
/// Part of fold(): everything that the run waits and is timed for begins now.
Result<void> fold_admitted(RunState& state, Time at);

/// Parts of decide(), of a run that is not admitted, or that a person must approve.
void decide_queued(Round& round, bool attention_run);
void decide_paused_in_queue(Round& round, bool attention_run);

}  // namespace callboard::run
