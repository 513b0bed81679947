#pragma once

#include "shared/run/round.hpp"

namespace callboard::run {

/// A step that the dispatcher holds itself, ready: its end where the time or the signal is there, else a
/// timer. Part of decide().
void decide_held(Round& round, StepIndex step);

}  // namespace callboard::run
