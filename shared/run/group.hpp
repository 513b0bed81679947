#pragma once

#include "shared/run/round.hpp"

/// Groups of steps, expanded: parts of decide(). Whether a group begins is its begin's `if`; what became of
/// it is its end's.
namespace callboard::run {

/// The step that begins a group is ready: its result is what the group is given, or it fails where that does
/// not fit the group's inputs.
void decide_group_begin(Round& round, StepIndex step);

/// All steps of a group have ended: skipped where it did not begin, failed where one of them has, else
/// completed with the group's outputs.
void decide_group_end(Round& round, StepIndex step);

}  // namespace callboard::run
