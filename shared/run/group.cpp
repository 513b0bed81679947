#include "shared/run/group.hpp"

#include "shared/run/contexts.hpp"
#include "shared/run/held_params.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

/// Of the group's steps, its begin among them, that which failed first.
StepIndex find_failed(const Round& round, StepIndex end) {
  StepIndex first = kNoStep;
  for (StepIndex step = 0; step < round.graph.steps.size(); ++step) {
    if (round.graph.steps[step].group_end != end) continue;
    if (!is_failure(round.graph.steps[step], round.state.steps[step])) continue;
    if (first == kNoStep || round.state.steps[step].closed_at < round.state.steps[first].closed_at)
      first = step;
  }
  return first;
}

void complete_end(Round& round, StepIndex end) {
  auto outputs = render_held_params(round.graph, round.state, end);
  if (!outputs) return round.fail_step(end, ErrorClass::validation, "outputs: " + outputs.error().message);
  round.complete_step(end, write_json(*outputs));
}

}  // namespace

void decide_group_begin(Round& round, StepIndex step) {
  const auto given = render_held_params(round.graph, round.state, step);
  if (!given) return round.fail_step(step, ErrorClass::validation, "with: " + given.error().message);
  const std::string faults = find_type_faults(round.graph.steps[step].types, *given, "with");
  if (!faults.empty()) return round.fail_step(step, ErrorClass::validation, faults);
  round.complete_step(step, write_json(*given));
}

void decide_group_end(Round& round, StepIndex end) {
  const StepState& begin = round.state.steps[round.graph.steps[end].group_begin];
  if (begin.phase == StepPhase::skipped) {
    round.skip_step(end, begin.below_failure ? "\"dependency\"" : "\"condition\"");
    if (begin.below_failure) round.skipped.push_back(end);
    return;
  }
  const StepIndex failed = find_failed(round, end);
  if (failed == kNoStep) return complete_end(round, end);
  const StepError& error = round.state.steps[failed].error;
  round.fail_step(end, error.error_class,
                  "its step \"" + round.graph.steps[failed].key + "\" failed: " + error.message);
}

}  // namespace callboard::run
