#include "shared/run/fork.hpp"

#include <algorithm>

#include "shared/run/rewind.hpp"

namespace callboard::run {
namespace {

Decision end_of(StepIndex step, const StepState& state) {
  Decision decision{.type = EventType::step_completed, .step = step};
  if (state.phase == StepPhase::completed) decision.value = state.result;
  if (state.phase == StepPhase::skipped) {
    decision.type = EventType::step_skipped;
    decision.value = "\"condition\"";
  }
  if (state.phase == StepPhase::failed) {
    decision.type = EventType::step_failed;
    decision.error = state.error;
  }
  return decision;
}

}  // namespace

std::vector<Decision> keep_for_fork(const Graph& old_graph, const RunState& state, const Graph& graph,
                                    StepIndex from) {
  std::vector<Decision> out;
  std::vector<bool> keeps(graph.steps.size(), false);
  for (const StepIndex step : graph.by_level) {
    const StepIndex old = old_graph.find(graph.steps[step].key);
    const bool stands = std::ranges::all_of(graph.steps[step].depends_on,
                                            [&](StepIndex dependency) { return bool{keeps[dependency]}; });
    keeps[step] =
        step != from && stands && old != kNoStep && has_ended_well(graph.steps[step], state.steps[old]);
    if (keeps[step]) out.push_back(end_of(step, state.steps[old]));
  }
  return out;
}

}  // namespace callboard::run
