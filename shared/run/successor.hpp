#pragma once

#include "shared/base/error.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// Runs that go on as others: the executor `continueAs`. Part of fold() and decide().
///
/// Its step decides what the run goes on as: the id, the definition and the inputs. The row that completes
/// the run makes it. A run that fails or is cancelled goes on as nothing, and none goes on as two: once one
/// has, a later generation of it names that one.
namespace callboard::run {

/// step.completed of such a step.
void fold_successor(RunState& state, StepIndex step, Decision& decision);
/// A rewind begins a generation: what a step said that is not kept does not count any more.
void keep_successor(RunState& state);

/// The step is ready.
void decide_successor(Round& round, StepIndex step);

/// The run has ended: its close, unless what it goes on as must be made ready first.
void close_run(Round& round);

}  // namespace callboard::run
