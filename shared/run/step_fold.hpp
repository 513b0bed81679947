#pragma once

#include "shared/base/error.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/state.hpp"
#include "shared/run/transitions.hpp"

/// How one step takes what is folded, and what that means for its dependents. Part of fold().
namespace callboard::run {

/// Whether what became of it is a failure for what depends on it, and for the run or the group that it is of.
inline bool is_failure(const Step& step, const StepState& state) {
  const bool has_failed = state.phase == StepPhase::cancelled || state.phase == StepPhase::failed;
  return has_failed && !step.continue_on_error;
}

/// Moves a step along the table. On closing it, its dependents are told once all that it depends on is
/// settled too.
Result<void> move_step(const Graph& graph, RunState& state, StepIndex index, StepCause cause, Time at);

/// The step's dependencies are settled (it may have none): ready, or blocked where something is to be judged.
void open_step(const Graph& graph, RunState& state, StepIndex index);

/// A step without dependencies, or all of whose dependencies are settled, at the beginning of a generation:
/// settled if it is closed already, opened else.
void begin_step(const Graph& graph, RunState& state, StepIndex index);

/// Facts of an attempt, in any order and however often.
Result<void> fold_result(const Graph& graph, RunState& state, StepIndex index, std::uint32_t attempt,
                         const Event& event);
Result<void> fold_started(const Graph& graph, RunState& state, StepIndex index, std::uint32_t attempt,
                          const Event& event);

/// The attempt has begun by a decision: a step that starts a run.
Result<void> fold_begin(const Graph& graph, RunState& state, StepIndex index, Time at);

/// step.retry_scheduled: the step goes on with that attempt, and with what was folded of it early.
Result<void> fold_retry(const Graph& graph, RunState& state, StepIndex index, std::uint32_t attempt,
                        Time retry_at);

/// An attempt has completed, and the run cancels: nobody will say any more whether its `until` holds.
void leave_unjudged(StepState& step);

/// Puts a step on decide's list.
inline void touch(RunState& state, StepIndex index) { state.attention.push_back(index); }

}  // namespace callboard::run
