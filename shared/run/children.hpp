#pragma once

#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// Steps that start runs: the executor `workflow`. Part of fold() and decide().
///
/// Such a step begins by the decision that its child is made with, both or neither, so that whoever folds the
/// run knows every child that there is. Until then it may end by a decision; from then on it ends as a
/// worker's step does: by the outcome under the key of its attempt, written in the transaction of its child's
/// close. Its time-out is a command to the child, and no end of its own.
namespace callboard::run {

/// The id of a run that a step starts: the time is `at`, the first 16 random bits are the parent's (and so
/// its root's), the next 14 the item's number, so that the children of a map queue in the order of its items;
/// the rest is a hash of what it is the attempt of.
RunId child_id(const RunId& parent, std::string_view step, std::uint32_t attempt, std::uint32_t generation,
               Time at);

/// The run needs a place of its own in its group; else it is in none, or stands on its parent's.
bool needs_place(const Created& created, std::uint32_t generation);
/// It waits to be admitted, for a place or a turn, before anything of it begins.
inline bool needs_admission(const Created& created, std::uint32_t generation) {
  return created.rate.has_value() || needs_place(created, generation);
}
/// The groups on whose places a child that this run awaits may stand.
std::vector<std::string> shared_places(const RunState& state);
/// The groups in which this run and those above it keep their places while it awaits a child.
std::vector<std::string> places_held(const RunState& state);

/// step.started of a step that starts a run.
Result<void> fold_begun_child(const Graph& graph, RunState& state, StepIndex place, const Decision& decision,
                              Time at);

/// A child's step, ready or running: begins it, or watches over its time.
void decide_child(Round& round, StepIndex step);

/// Steps whose child the run waits for while it cancels.
bool awaits_cancelled_child(const Graph& graph, const RunState& state);
/// For the row that cancels the run: a command to each child that is cancelled with it.
std::vector<Told> cancel_children(const Graph& graph, RunState& state, const StepError& closing);
/// For the row that closes a child, of this list: the outcome of its parent's step; none where nobody awaits
/// it.
std::vector<Told> tell_parent(const RunState& state, const std::vector<Decision>& list);

/// Held against limits::kCauseDepth: why the run may start no other; empty: it may.
std::string refuse_depth(const RunState& state);

}  // namespace callboard::run
