#include "shared/run/fold.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/transitions.hpp"

namespace callboard::run {
namespace {

Result<void> move_run(RunState& state, RunCause cause) {
  const auto next = transition(state.phase, cause);
  if (!next) return std::unexpected(next.error());
  state.phase = *next;
  state.attention_run = true;
  return {};
}

Result<void> fold_created(const Graph& graph, RunState& state, const Event& event) {
  auto created = decode_created(event.data);
  if (!created) return std::unexpected(created.error());
  if (auto moved = move_run(state, RunCause::create); !moved) return moved;
  state.created = std::move(*created);
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    if (!graph.steps[i].depends_on.empty()) continue;
    state.steps[i].ready_at = std::max(state.steps[i].ready_at, state.created.created_at);
    if (!is_closed(state.steps[i].phase)) open_step(graph, state, i);
  }
  return {};
}

/// What waits to be tried again fails for good: nothing new begins.
Result<void> fold_cancelling(const Graph& graph, RunState& state, const Decision& decision) {
  if (auto moved = move_run(state, RunCause::cancel); !moved) return moved;
  state.closing = decision.error;
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    if (state.steps[i].phase != StepPhase::deciding) continue;
    if (auto moved = move_step(graph, state, i, StepCause::fail, state.steps[i].retry_at); !moved)
      return moved;
  }
  return {};
}

void cancel_open_steps(RunState& state, Time at) {
  for (StepState& step : state.steps) {
    if (is_closed(step.phase)) continue;
    step.phase = StepPhase::cancelled;
    step.left_open = true;
    step.closed_at = at;
  }
}

Result<void> fold_close(RunState& state, RunCause cause, const Decision& decision, Time at) {
  if (auto moved = move_run(state, cause); !moved) return moved;
  state.closed_at = at;
  if (cause == RunCause::close_completed) state.outputs = decision.value;
  if (cause == RunCause::close_failed) state.error = decision.error;
  if (cause == RunCause::close_cancelled) state.error = *state.closing;
  cancel_open_steps(state, at);
  return {};
}

Result<void> fold_step_decision(const Graph& graph, RunState& state, const Decision& decision, Time at) {
  if (decision.step == kNoStep) {
    return fail(ErrorCode::invalid, std::string(to_string(decision.type)) + " names no step");
  }
  StepState& step = state.steps[decision.step];
  switch (decision.type) {
    case EventType::step_skipped: return move_step(graph, state, decision.step, StepCause::skip, at);
    case EventType::step_completed:
      step.result = decision.value.empty() ? "{}" : decision.value;
      return move_step(graph, state, decision.step, StepCause::complete, at);
    case EventType::step_failed:
      step.error = decision.error;
      step.error_attempt = step.attempt;
      return move_step(graph, state, decision.step, StepCause::fail, at);
    default: return fold_retry(graph, state, decision.step, decision.attempt, decision.at);
  }
}

Result<void> fold_decision(const Graph& graph, RunState& state, const Decision& decision, const Event& row) {
  switch (decision.type) {
    case EventType::run_created: return fold_created(graph, state, row);
    case EventType::run_cancelling: return fold_cancelling(graph, state, decision);
    case EventType::run_completed: return fold_close(state, RunCause::close_completed, decision, row.at);
    case EventType::run_failed: return fold_close(state, RunCause::close_failed, decision, row.at);
    case EventType::run_cancelled: return fold_close(state, RunCause::close_cancelled, decision, row.at);
    case EventType::step_skipped:
    case EventType::step_completed:
    case EventType::step_failed:
    case EventType::step_retry_scheduled: return fold_step_decision(graph, state, decision, row.at);
    default:
      return fail(ErrorCode::invalid, "the run is " + std::string(to_string(state.phase)) + ": \"" +
                                          std::string(to_string(decision.type)) +
                                          "\" is no decision that can follow");
  }
}

Result<void> fold_row(const Graph& graph, RunState& state, const Event& row) {
  const auto list = decode_decisions(graph, row.data);
  if (!list) return std::unexpected(list.error());
  ++state.decisions;
  for (const Decision& decision : *list) {
    // A rewind is the one decision that may follow a close; the table knows none yet, so that every other is
    // refused.
    if (is_closed(state.phase)) {
      return fail(ErrorCode::invalid, "the run is " + std::string(to_string(state.phase)) + ": \"" +
                                          std::string(to_string(decision.type)) + "\" can't follow");
    }
    if (auto folded = fold_decision(graph, state, decision, row); !folded) return folded;
  }
  return {};
}

Result<void> fold_rows(const Graph& graph, RunState& state, std::uint32_t number, const Event& event) {
  if (number < state.decisions) return {};
  if (number > state.decisions) {
    state.later_decisions.emplace(number, event);
    return {};
  }
  if (auto folded = fold_row(graph, state, event); !folded) return folded;
  while (!state.later_decisions.empty() && state.later_decisions.begin()->first == state.decisions) {
    const auto next = state.later_decisions.extract(state.later_decisions.begin());
    if (auto folded = fold_row(graph, state, next.mapped()); !folded) return folded;
  }
  return {};
}

Result<void> fold_command(RunState& state, const Event& event) {
  const auto command = decode_command(event.data);
  if (!command) return std::unexpected(command.error());
  if (command->name != "cancel" || state.cancel_asked) return {};
  state.cancel_asked = true;
  state.attention_run = true;
  return {};
}

Result<StepIndex> find_step(const Graph& graph, const Event& event, const Key& key) {
  const StepIndex step = graph.find(key.step);
  if (step != kNoStep && !key.item && key.generation == 1) return step;
  return fail(ErrorCode::invalid, "event " + event.key + ": the run has no such step");
}

Result<void> fold_key(const Graph& graph, RunState& state, const Event& event, const Key& key) {
  switch (key.kind) {
    case KeyKind::decision: return fold_rows(graph, state, key.number, event);
    case KeyKind::command: return fold_command(state, event);
    case KeyKind::signal:
    case KeyKind::begun: return {};
    case KeyKind::started:
    case KeyKind::result: break;
  }
  const auto step = find_step(graph, event, key);
  if (!step) return std::unexpected(step.error());
  return key.kind == KeyKind::result ? fold_result(graph, state, *step, key.attempt, event)
                                     : fold_started(graph, state, *step, key.attempt, event);
}

}  // namespace

RunState make_state(const Graph& graph, const RunId& id) {
  RunState state;
  state.id = id;
  state.steps.resize(graph.steps.size());
  state.open_steps = static_cast<std::uint32_t>(graph.steps.size());
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    state.steps[i].open_dependencies = static_cast<std::uint32_t>(graph.steps[i].depends_on.size());
  }
  return state;
}

Result<void> fold(const Graph& graph, RunState& state, const Event& event) {
  if (event.run != state.id) return fail(ErrorCode::invalid, "event " + event.key + " is of another run");
  const auto key = parse_key(event.key);
  if (!key) return fail(ErrorCode::invalid, "event " + event.key + ": no key of this grammar");
  if (auto folded = fold_key(graph, state, event, *key); !folded) {
    folded.error().message = event.key + ": " + folded.error().message;
    return folded;
  }
  state.latest_at = std::max(state.latest_at, event.at);
  return {};
}

}  // namespace callboard::run
