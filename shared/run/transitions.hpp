#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

/// Every transition of runs and steps, in one table: phase x cause -> phase. What is not in it is illegal.
namespace callboard::run {

enum class RunCause : std::uint8_t {
  create,
  pause,
  resume,
  migrate,
  queue,  // created, resumed or rewound while it needs a place in its group
  admit,
  rewind,
  cancel,
  close_completed,
  close_failed,
  close_cancelled,
};
inline constexpr int kRunCauses = 11;

enum class StepCause : std::uint8_t {
  await_condition,  // dependencies settled; an `if` or a failed ancestor is to be judged
  open,             // nothing stands in its way: it may run now
  start,            // a worker has begun
  complete,
  complete_attempt,  // an attempt completed whose `until` is to be judged
  fail,              // for good
  fail_attempt,      // an attempt failed that may be tried again
  lose,              // effect `once`, its worker died, and somebody is to be asked
  retry,             // the next attempt has a time
  skip,
  cancel,  // stopped, or still open when the run was closed
};
inline constexpr int kStepCauses = 11;
inline constexpr int kStepPhases = 12;

std::string_view to_string(RunCause cause);
std::string_view to_string(StepCause cause);
/// The name of the phase itself, blocked, deciding, asking and judging included.
std::string_view phase_name(StepPhase phase);

/// Nothing if the pair is illegal.
std::optional<RunPhase> next_phase(RunPhase phase, RunCause cause);
std::optional<StepPhase> next_phase(StepPhase phase, StepCause cause);

/// The next phase, or an `invalid` that names phase and cause (and the step).
Result<RunPhase> transition(RunPhase phase, RunCause cause);
Result<StepPhase> transition(std::string_view step, StepPhase phase, StepCause cause);

}  // namespace callboard::run
