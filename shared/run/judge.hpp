#pragma once

#include <cstdint>

#include "shared/run/state.hpp"

namespace callboard::run {

/// What an `if`, and the failures above a step, mean for it.
enum class Judgement : std::uint8_t {
  runs,
  skipped_by_condition,   // its `if` is false
  skipped_by_dependency,  // an ancestor failed, and it does not ask for that
  skipped_by_group,       // the group that it is of did not begin
  unreadable,             // its `if` can't be evaluated
};

struct Judged {
  Judgement judgement = Judgement::runs;
  std::string problem;  // of unreadable
};

/// The group that a step is of (that its use stands in, of a group's begin) has not begun, for its begin was
/// skipped or failed. For a step whose dependencies are settled, or will not change any more.
bool is_off(const Graph& graph, const RunState& state, StepIndex step);

/// A failure above it is a step's failure. While the run cancels this is told of a group's steps too, for
/// what stands above them may never settle.
bool is_below_failure(const Graph& graph, const RunState& state, StepIndex step);

/// A run that cancels is nothing to a step of a group that outlives the cancel: to it the run goes on.
bool is_stopped_by_cancel(const Graph& graph, const RunState& state, StepIndex place);

/// Of a step whose dependencies are settled, or (while the run cancels) will not change any more.
Judged judge(const Graph& graph, const RunState& state, StepIndex step);

/// When a step that is ready began to be: when all that it waited for had ended. What cleans up may stand
/// behind steps that stay open until the run closes: then when the run began to cancel, and all above that
/// ended had.
Time begin_of(const Graph& graph, const RunState& state, StepIndex step);

/// While a run cancels, such a step goes on and is not stopped, or may begin: its `if` says so, or that of
/// its group.
bool outlives_cancel(const Graph& graph, const RunState& state, StepIndex step);

/// While a run cancels, what can't outlive that is over, though its end is written with the run's own.
bool is_given_up(const Graph& graph, const RunState& state, StepIndex place);

}  // namespace callboard::run
