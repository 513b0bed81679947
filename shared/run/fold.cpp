#include "shared/run/fold.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/admission.hpp"
#include "shared/run/children.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/payload_parts.hpp"
#include "shared/run/rewind.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/step_turns.hpp"
#include "shared/run/successor.hpp"
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

Result<void> fold_created(const Graph& graph, RunState& state, Time at) {
  state.queued = needs_admission(state.created, state.generation) || state.created.needs_approval;
  if (auto moved = move_run(state, state.queued ? RunCause::queue : RunCause::create); !moved) return moved;
  state.begun_at = at;
  state.opened_at = state.created.created_at;
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
    if (!graph.steps[i].depends_on.empty()) continue;
    state.steps[i].ready_at = std::max(state.steps[i].ready_at, state.created.created_at);
    if (!is_closed(state.steps[i].phase)) open_step(graph, state, i);
  }
  return {};
}

void consume(RunState& state, const Decision& decision) {
  for (const std::string& key : decision.consumes) {
    state.commands.erase(key);
    state.signals.erase(key);
    state.consumed.insert(key);
  }
}

Result<void> fold_paused(RunState& state, const Paused& paused, Time at) {
  if (state.phase != RunPhase::paused) state.paused_at = at;
  state.paused = paused;
  return move_run(state, RunCause::pause);
}

/// What came while it was paused was folded and not looked at.
Result<void> fold_resumed(RunState& state, Time at) {
  if (state.phase == RunPhase::paused) state.paused_for += at - state.paused_at;
  if (auto moved = move_run(state, state.queued ? RunCause::queue : RunCause::resume); !moved) return moved;
  state.paused_at = {};
  state.paused = {};
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    if (!is_closed(state.steps[i].phase)) touch(state, i);
  }
  return {};
}

/// Only while it is paused, when nothing new of it begins.
Result<void> fold_migrated(RunState& state, const Decision& decision) {
  state.created.hash = decision.definition;
  return move_run(state, RunCause::migrate);
}

/// What waits to be tried again, or for an answer, fails for good: nothing new begins.
Result<void> fold_cancelling(const Graph& graph, RunState& state, const Decision& decision, Time at) {
  if (auto moved = move_run(state, RunCause::cancel); !moved) return moved;
  state.closing = decision.error;
  state.closing_at = at;
  state.paused_at = {};
  state.paused = {};
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    const StepPhase phase = state.steps[i].phase;
    const bool is_unjudged = phase == StepPhase::judging;
    if (phase != StepPhase::deciding && phase != StepPhase::asking && !is_unjudged) continue;
    if (is_unjudged) leave_unjudged(state.steps[i]);
    const StepCause cause = is_unjudged ? StepCause::cancel : StepCause::fail;
    if (auto moved = move_step(graph, state, i, cause, state.steps[i].retry_at); !moved) return moved;
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

Result<void> fold_close(RunState& state, RunCause cause, Decision& decision, Time at) {
  if (auto moved = move_run(state, cause); !moved) return moved;
  state.closed_at = at;
  state.queued = false;
  if (cause == RunCause::close_completed) state.outputs = std::move(decision.value);
  if (decision.run) state.continued_as = decision.run;
  if (cause == RunCause::close_failed) state.error = std::move(decision.error);
  if (cause == RunCause::close_cancelled) state.error = *state.closing;
  cancel_open_steps(state, at);
  return {};
}

Result<void> fold_step_decision(const Graph& graph, RunState& state, Decision& decision, Time at) {
  if (decision.step == kNoStep) {
    return fail(ErrorCode::invalid, std::string(to_string(decision.type)) + " names no step");
  }
  if (decision.type == EventType::step_started && !decision.run)
    return fold_begun_map(graph, state, decision.step, decision.items, at);
  const auto place = make_place(graph, state, decision.step, decision.item);
  if (!place) return std::unexpected(place.error());
  if (decision.type == EventType::step_started) return fold_begun_child(graph, state, *place, decision, at);
  if (decision.type == EventType::step_admitted) {
    fold_step_admitted(state, *place, decision.attempt);
    return {};
  }
  StepState& step = state.steps[*place];
  step.decided = decision.type != EventType::step_retry_scheduled;
  switch (decision.type) {
    case EventType::step_skipped: return move_step(graph, state, *place, StepCause::skip, at);
    case EventType::step_completed:
      step.result = decision.value.empty() ? "{}" : std::move(decision.value);
      step.error = {};  // an answer stands above what was known of its attempt
      step.error_attempt = step.attempt;
      if (decision.run) fold_successor(state, *place, decision);
      return move_step(graph, state, *place, StepCause::complete, at);
    case EventType::step_failed:
      step.result = "null";
      step.error = std::move(decision.error);
      step.error_attempt = step.attempt;
      return move_step(graph, state, *place, StepCause::fail, at);
    default: return fold_retry(graph, state, *place, decision.attempt, decision.at);
  }
}

Result<void> fold_decision(const Graph& graph, RunState& state, Decision& decision, const Event& row) {
  switch (decision.type) {
    case EventType::run_created: return fold_created(graph, state, row.at);
    case EventType::run_approved: return fold_approved(state, row.at);
    case EventType::run_admitted: return fold_admitted(state, row.at);
    case EventType::run_paused: return fold_paused(state, decision.paused, row.at);
    case EventType::run_resumed: return fold_resumed(state, row.at);
    case EventType::run_migrated: return fold_migrated(state, decision);
    case EventType::run_rewound: return fold_rewound(graph, state, decision, row.at);
    case EventType::signal_consumed: return {};
    case EventType::run_cancelling: return fold_cancelling(graph, state, decision, row.at);
    case EventType::run_completed: return fold_close(state, RunCause::close_completed, decision, row.at);
    case EventType::run_failed: return fold_close(state, RunCause::close_failed, decision, row.at);
    case EventType::run_cancelled: return fold_close(state, RunCause::close_cancelled, decision, row.at);
    case EventType::step_started:
    case EventType::step_admitted:
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

Result<StepIndex> find_step(const Graph& graph, const Event& event, const Key& key) {
  const StepIndex step = graph.find(key.step);
  if (step != kNoStep) return step;
  return fail(ErrorCode::invalid, "event " + event.key + ": the run has no such step");
}

/// A rewind decides which outcomes of older generations exist; those of a newer one wait for their rewind.
bool counts(const StepState& step, const Key& key) {
  if (key.generation != step.generation) return false;
  return !step.kept || (!step.decided && key.attempt == step.attempt);
}

Result<void> fold_fact(const Graph& graph, RunState& state, const Event& event, const Key& key) {
  const auto step = find_step(graph, event, key);
  if (!step) return std::unexpected(step.error());
  if (key.generation > state.generation) {
    state.later_facts.try_emplace(event.key, event);
    return {};
  }
  const bool is_known = find_place(state, *step, key.item) != kNoStep;
  if (!is_known && key.generation < state.generation) return {};
  const auto place = make_place(graph, state, *step, key.item);
  if (!place) return std::unexpected(place.error());
  if (!counts(state.steps[*place], key)) return {};
  return key.kind == KeyKind::result ? fold_result(graph, state, *place, key.attempt, event)
                                     : fold_started(graph, state, *place, key.attempt, event);
}

/// Facts of the generation that has just begun, if any came before its rewind.
Result<void> fold_later_facts(const Graph& graph, RunState& state) {
  for (const auto& [key, event] : std::exchange(state.later_facts, {})) {
    if (auto folded = fold_fact(graph, state, event, *parse_key(key)); !folded) return folded;
  }
  return {};
}

Result<void> fold_row(const Graph& graph, RunState& state, const Event& row) {
  auto list = state.decisions == 0 ? decode_first_row(graph, row.data, state.created)
                                   : decode_decisions(graph, row.data);
  if (!list) return std::unexpected(list.error());
  ++state.decisions;
  for (Decision& decision : *list) {
    if (is_closed(state.phase) && decision.type != EventType::run_rewound) {
      return fail(ErrorCode::invalid, "the run is " + std::string(to_string(state.phase)) + ": \"" +
                                          std::string(to_string(decision.type)) + "\" can't follow");
    }
    consume(state, decision);
    if (auto folded = fold_decision(graph, state, decision, row); !folded) return folded;
    if (decision.type != EventType::run_rewound) continue;
    if (auto folded = fold_later_facts(graph, state); !folded) return folded;
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

Result<void> fold_command(const Graph& graph, RunState& state, const Event& event) {
  auto command = decode_command(event.data);
  if (!command) return std::unexpected(command.error());
  if (state.consumed.contains(event.key)) return {};
  state.attention_run = true;
  const StepIndex place = find_place(graph, state, command->step);
  if (place != kNoStep) touch(state, place);
  state.commands.try_emplace(event.key, PendingCommand{std::move(*command), event.at});
  return {};
}

/// The step, or each item of it, that waits.
void touch_waiting(RunState& state, StepIndex step) {
  const auto touch_ready = [&](StepIndex place) {
    if (place != kNoStep && state.steps[place].phase == StepPhase::ready) touch(state, place);
  };
  touch_ready(step);
  const auto map = state.maps.find(step);
  if (map != state.maps.end()) std::ranges::for_each(map->second.places, touch_ready);
}

Result<void> fold_signal(const Graph& graph, RunState& state, const Event& event) {
  auto signal = decode_signal(event.data);
  if (!signal) return std::unexpected(signal.error());
  if (state.consumed.contains(event.key)) return {};
  for (const StepIndex step : graph.waits) touch_waiting(state, step);
  state.signals.try_emplace(event.key, PendingSignal{std::move(*signal), event.at});
  return {};
}

Result<void> fold_key(const Graph& graph, RunState& state, const Event& event, const Key& key) {
  switch (key.kind) {
    case KeyKind::decision: return fold_rows(graph, state, key.number, event);
    case KeyKind::command: return fold_command(graph, state, event);
    case KeyKind::signal: return fold_signal(graph, state, event);
    case KeyKind::begun: return {};
    case KeyKind::started:
    case KeyKind::result: break;
  }
  return fold_fact(graph, state, event, key);
}

}  // namespace

RunState make_state(const Graph& graph, const RunId& id) {
  RunState state;
  state.id = id;
  state.steps.resize(graph.steps.size());
  state.open_steps = static_cast<std::uint32_t>(graph.steps.size());
  state.attention.reserve(graph.steps.size());
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

Result<void> fold_all(const Graph& graph, RunState& state, std::span<const Event> events) {
  for (const Event& event : events) {
    if (auto folded = fold(graph, state, event); !folded) return folded;
  }
  return {};
}

}  // namespace callboard::run
