#pragma once

#include "shared/run/round.hpp"

namespace callboard::run {

/// Part of decide(): an attempt has ended, and the next one begins after the delay of the step's policy.
void schedule_retry(Round& round, StepIndex step);

/// Part of decide(): an attempt of a step with `retry.until` has completed. Where the condition holds the
/// step has; else it is tried again while attempts are left, and has failed with class validation when they
/// are not.
void decide_until(Round& round, StepIndex step);

}  // namespace callboard::run
