#include "shared/run/opening.hpp"

#include "shared/run/cleanup.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/transitions.hpp"

namespace callboard::run {
namespace {

/// Groups and maps begin with a decision.
bool may_be_ready(const Step& step) { return step.group_part == GroupPart::none && !step.is_map(); }

void open(RunState& state, StepIndex place) {
  StepPhase& phase = state.steps[place].phase;
  phase = next_phase(phase, StepCause::open).value_or(phase);
}

void open_judged(const Graph& graph, RunState& state) {
  for (StepIndex place = 0; place < state.steps.size(); ++place) {
    const StepState& of = state.steps[place];
    if (of.phase != StepPhase::blocked || of.open_dependencies > 0) continue;
    if (!may_be_ready(step_of(graph, state, place))) continue;
    if (is_item(graph, place)) load_list(graph, state, place);
    if (judge(graph, state, place).judgement == Judgement::runs) open(state, place);
  }
}

void open_cleanup(const Graph& graph, RunState& state) {
  for (const StepIndex place : find_free_cleanup(graph, state)) {
    if (may_be_ready(step_of(graph, state, place))) open(state, place);
  }
}

}  // namespace

bool lacks_payload(const Graph& graph, const RunState& state) {
  if (!graph.reads_event || state.event || !state.created.delivery || is_closed(state.phase)) return false;
  bool stands = state.closing.has_value();
  for (StepIndex place = 0; place < state.steps.size() && !stands; ++place) {
    const StepPhase phase = state.steps[place].phase;
    stands = phase == StepPhase::blocked || (phase == StepPhase::ready && step_of(graph, state, place).held);
  }
  return stands;
}

void open_what_may_begin(const Graph& graph, RunState& state) {
  if (state.phase == RunPhase::running) open_judged(graph, state);
  if (state.phase == RunPhase::cancelling) open_cleanup(graph, state);
}

}  // namespace callboard::run
