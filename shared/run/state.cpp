#include "shared/run/state.hpp"

namespace callboard::run {

std::string_view to_string(RunPhase phase) {
  switch (phase) {
    case RunPhase::pending: return "pending";
    case RunPhase::waiting: return "waiting";
    case RunPhase::running: return "running";
    case RunPhase::paused: return "paused";
    case RunPhase::cancelling: return "cancelling";
    case RunPhase::completed: return "completed";
    case RunPhase::failed: return "failed";
    case RunPhase::cancelled: return "cancelled";
  }
  return "pending";
}

std::optional<RunPhase> parse_run_phase(std::string_view text) {
  for (const RunPhase phase :
       {RunPhase::pending, RunPhase::waiting, RunPhase::running, RunPhase::paused, RunPhase::cancelling,
        RunPhase::completed, RunPhase::failed, RunPhase::cancelled}) {
    if (to_string(phase) == text) return phase;
  }
  return std::nullopt;
}

std::string_view to_string(StepPhase phase) {
  switch (phase) {
    case StepPhase::pending: return "pending";
    case StepPhase::blocked: return "pending";
    case StepPhase::ready: return "ready";
    case StepPhase::running: return "running";
    case StepPhase::retrying: return "retrying";
    case StepPhase::deciding: return "running";
    case StepPhase::asking: return "waiting";
    case StepPhase::judging: return "running";
    case StepPhase::completed: return "completed";
    case StepPhase::failed: return "failed";
    case StepPhase::skipped: return "skipped";
    case StepPhase::cancelled: return "cancelled";
  }
  return "pending";
}

std::uint32_t attempts_made(const StepState& step) {
  const bool has_ended = step.phase == StepPhase::completed || step.phase == StepPhase::failed;
  const bool has_begun = step.started_at != Time() && step.phase != StepPhase::skipped;
  return has_ended || has_begun ? step.attempt : step.attempt - 1;
}

std::string_view shown_state(const Step& step, StepPhase phase) {
  return step.held && phase == StepPhase::ready ? "waiting" : to_string(phase);
}

}  // namespace callboard::run
