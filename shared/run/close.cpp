#include "shared/run/close.hpp"

#include "shared/base/check.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/value/read.hpp"

namespace callboard::run {
namespace {

StepIndex find_first_failed(const Graph& graph, const RunState& state) {
  StepIndex first = kNoStep;
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
    if (graph.steps[i].group_end != kNoStep || !is_failure(graph.steps[i], state.steps[i])) continue;
    if (first == kNoStep || state.steps[i].closed_at < state.steps[first].closed_at) first = i;
  }
  return first;
}

Decision make_failure(ErrorClass error_class, std::string message) {
  Decision decision{.type = EventType::run_failed};
  decision.error = {error_class, std::move(message)};
  return decision;
}

Decision complete(const Graph& graph, const RunState& state) {
  Decision decision{.type = EventType::run_completed};
  if (graph.outputs.is_constant()) {
    decision.value = graph.outputs.constant().json;
  } else {
    auto outputs = expression::render(graph.outputs, RunContexts(graph, state, kNoStep));
    if (!outputs) return make_failure(ErrorClass::validation, "outputs: " + outputs.error().message);
    decision.value = std::move(outputs->json);
  }
  if (graph.output_types.empty()) return decision;
  const auto value = read_json(decision.value);
  const std::string faults = find_type_faults(graph.output_types, value.value_or(Value()), "outputs");
  return faults.empty() ? decision : make_failure(ErrorClass::validation, faults);
}

bool may_be_with_a_worker(const Graph& graph, const RunState& state, StepIndex step) {
  const StepPhase phase = state.steps[step].phase;
  const bool has_ended = is_closed(phase) || phase == StepPhase::deciding || phase == StepPhase::asking ||
                         phase == StepPhase::judging;
  if (step_of(graph, state, step).starts_child()) return phase == StepPhase::running;  // its child is left
  if (!step_of(graph, state, step).has_jobs() || has_ended) return false;
  return phase != StepPhase::pending || may_outlive_cancel(graph, root_of(graph, state, step));
}

}  // namespace

Decision close_finished(const Graph& graph, const RunState& state) {
  if (state.failed) {
    const StepIndex step = find_first_failed(graph, state);
    CALLBOARD_CHECK(step != kNoStep);
    const StepError& error = state.steps[step].error;
    return make_failure(error.error_class, "step \"" + graph.steps[step].key + "\" failed: " + error.message);
  }
  return complete(graph, state);
}

Decision close_cancelled(const StepError& closing) {
  if (closing.error_class == ErrorClass::timeout) return make_failure(ErrorClass::timeout, closing.message);
  return Decision{.type = EventType::run_cancelled};
}

std::optional<RunPhase> closing_phase(EventType type) {
  switch (type) {
    case EventType::run_completed: return RunPhase::completed;
    case EventType::run_failed: return RunPhase::failed;
    case EventType::run_cancelled: return RunPhase::cancelled;
    default: return std::nullopt;
  }
}

std::vector<std::string> find_free_keys(const Graph& graph, const RunState& state) {
  std::vector<bool> free(state.steps.size());
  for (StepIndex step = 0; step < state.steps.size(); ++step) {
    if (!may_be_with_a_worker(graph, state, step)) continue;
    free[step] = true;
    StepIndex behind = step_of(graph, state, step).next_in_line;
    for (std::uint32_t i = 1; i < limits::kSegmentSteps && behind != kNoStep; ++i) {
      if (!is_closed(state.steps[behind].phase)) free[behind] = true;
      behind = graph.steps[behind].next_in_line;
    }
  }
  std::vector<std::string> keys;
  for (StepIndex step = 0; step < state.steps.size(); ++step) {
    if (free[step])
      keys.push_back(result_key(key_of(graph, state, step), state.steps[step].attempt, state.generation));
  }
  return keys;
}

}  // namespace callboard::run
