#include "shared/run/judge.hpp"

#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"

namespace callboard::run {

bool is_off(const Graph& graph, const RunState& state, StepIndex place) {
  const Step* step = &graph.steps[root_of(graph, state, place)];
  if (step->group_part == GroupPart::begin) step = &graph.steps[step->group_end];
  if (step->group_end == kNoStep) return false;
  const StepIndex begin = graph.steps[step->group_end].group_begin;
  return state.steps[begin].phase != StepPhase::completed;
}

Judged judge(const Graph& graph, const RunState& state, StepIndex index) {
  const Step& step = step_of(graph, state, index);
  if (is_off(graph, state, index)) return {Judgement::skipped_by_group, {}};
  if (!asks_status(graph.steps[root_of(graph, state, index)]) &&
      (state.steps[index].below_failure || state.closing)) {
    return {Judgement::skipped_by_dependency, {}};
  }
  if (!step.condition) return {};
  const auto holds = expression::holds(*step.condition, RunContexts(graph, state, index));
  if (!holds) return {Judgement::unreadable, "if: " + holds.error().message};
  return {*holds ? Judgement::runs : Judgement::skipped_by_condition, {}};
}

bool outlives_cancel(const Graph& graph, const RunState& state, StepIndex step) {
  return asks_status(graph.steps[root_of(graph, state, step)]) &&
         judge(graph, state, step).judgement == Judgement::runs;
}

}  // namespace callboard::run
