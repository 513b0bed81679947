#include "shared/run/step_fold.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/payload.hpp"

namespace callboard::run {
namespace {

bool has_outcome(const StepState& step) {
  return step.phase == StepPhase::deciding || step.phase == StepPhase::asking ||
         step.phase == StepPhase::judging || (is_closed(step.phase) && !step.left_open);
}

/// Whether what depends on it is below a failure. What failed before a group is not its steps' failure, if it
/// began all the same; what failed in it is its end's.
bool fails_dependents(const Graph& graph, const RunState& state, StepIndex index) {
  const Step& step = graph.steps[index];
  const StepState& of = state.steps[index];
  if (is_failure(step, of)) return true;
  if (step.group_part == GroupPart::begin) return of.below_failure && of.phase != StepPhase::completed;
  if (step.group_part == GroupPart::end) return state.steps[step.group_begin].below_failure;
  return of.below_failure;
}

/// Tells the dependents of a step that it is settled; adds those that settle by it.
void settle_one(const Graph& graph, RunState& state, StepIndex index, std::vector<StepIndex>& more) {
  StepState& step = state.steps[index];
  step.settled = true;
  if (is_item(graph, index)) return end_item(graph, state, index);
  --state.open_steps;
  const bool failed = fails_dependents(graph, state, index);
  for (const StepIndex dependent : graph.steps[index].dependents) {
    StepState& below = state.steps[dependent];
    below.below_failure |= failed;
    below.ready_at = std::max(below.ready_at, step.closed_at);
    if (--below.open_dependencies > 0) continue;
    if (has_outcome(below) && is_closed(below.phase)) {
      more.push_back(dependent);
    } else {
      open_step(graph, state, dependent);
    }
  }
}

void settle(const Graph& graph, RunState& state, StepIndex first) {
  std::vector<StepIndex> more;  // mostly none
  settle_one(graph, state, first, more);
  while (!more.empty()) {
    const StepIndex index = more.back();
    more.pop_back();
    settle_one(graph, state, index, more);
  }
  if (state.open_steps == 0) state.attention_run = true;
}

void note_start(StepState& step, std::uint32_t attempt, Time at, const Incarnation* worker) {
  if (attempt < step.started_attempt) return;
  const bool known = attempt == step.started_attempt;
  step.started_at = known ? std::min(step.started_at, at) : at;
  step.started_attempt = attempt;
  if (worker != nullptr) {
    step.worker = *worker;
  } else if (!known) {
    step.worker = {};
  }
}

void note_outcome(StepState& step, std::uint32_t attempt, Outcome& outcome) {
  if (outcome.started_at) note_start(step, attempt, *outcome.started_at, nullptr);
  if (!outcome.usage.empty() && attempt >= step.usage_attempt) {
    step.usage = std::move(outcome.usage);
    step.usage_attempt = attempt;
  }
  if (outcome.type != EventType::step_completed && attempt >= step.error_attempt) {
    step.error = std::move(outcome.error);
    step.error_attempt = attempt;
  }
}

constexpr std::string_view kNotJudged = "the run was cancelled before it was known whether `until` holds";

/// While a run cancels nothing is judged.
StepCause cause_of_completion(const Step& step, const RunState& run) {
  if (!step.until) return StepCause::complete;
  return run.closing ? StepCause::cancel : StepCause::complete_attempt;
}

/// While a run cancels nothing is tried again, and nobody is asked. What a rewind kept had ended for good.
StepCause cause_of_failure(const Step& step, const RunState& run, const StepState& state) {
  if (state.error.error_class == ErrorClass::cancelled) return StepCause::cancel;
  if (run.closing || state.kept) return StepCause::fail;
  if (step.effect == Effect::once && state.error.error_class == ErrorClass::lost) {
    if (step.on_lost == OnLost::ask) return StepCause::lose;
    if (step.on_lost == OnLost::fail) return StepCause::fail;
  }
  const bool again = step.retry.covers(state.error.error_class) && state.attempt < step.retry.max_attempts;
  return again ? StepCause::fail_attempt : StepCause::fail;
}

void keep_early(StepState& step, const Event& event) {
  const auto at = std::ranges::lower_bound(step.early, event.key, {}, &Event::key);
  if (at == step.early.end() || at->key != event.key) step.early.insert(at, event);
}

}  // namespace

Result<void> move_step(const Graph& graph, RunState& state, StepIndex index, StepCause cause, Time at) {
  StepState& step = state.steps[index];
  const Step& definition = step_of(graph, state, index);
  const auto next = transition(definition.key, step.phase, cause);
  if (!next) return std::unexpected(next.error());
  step.phase = *next;
  if (cause == StepCause::fail_attempt || cause == StepCause::lose || cause == StepCause::complete_attempt) {
    step.retry_at = at;
    touch(state, index);
  }
  if (!is_closed(*next)) return {};
  step.left_open = false;
  step.retry_at = {};
  step.closed_at = at;
  state.failed |= definition.group_end == kNoStep && is_failure(definition, step);
  if (state.closing) touch(state, index);
  if (step.open_dependencies == 0) settle(graph, state, index);
  return {};
}

void leave_unjudged(StepState& step) {
  step.error = {ErrorClass::cancelled, std::string(kNotJudged)};
  step.error_attempt = step.attempt;
}

void open_step(const Graph& graph, RunState& state, StepIndex index) {
  StepState& step = state.steps[index];
  if (step.phase == StepPhase::pending && !step.kept) {
    const Step& definition = step_of(graph, state, index);
    const bool judged = definition.condition || definition.undoes != kNoStep || step.below_failure ||
                        definition.group_part == GroupPart::end || is_off(graph, state, index);
    step.phase = *next_phase(step.phase, judged ? StepCause::await_condition : StepCause::open);
  }
  touch(state, index);
}

void begin_step(const Graph& graph, RunState& state, StepIndex index) {
  if (is_closed(state.steps[index].phase)) {
    settle(graph, state, index);
  } else {
    open_step(graph, state, index);
  }
}

Result<void> fold_result(const Graph& graph, RunState& state, StepIndex index, std::uint32_t attempt,
                         const Event& event) {
  const Step& definition = step_of(graph, state, index);
  StepState& step = state.steps[index];
  if (!definition.has_jobs() && !definition.starts_child()) {
    return fail(ErrorCode::invalid, "step \"" + definition.key + "\" is held by the dispatcher: a \"" +
                                        std::string(to_string(event.type)) + "\" of a worker can't follow");
  }
  if (attempt > step.attempt) {
    keep_early(step, event);
    return {};
  }
  // The decision that stands above it was made of it, and says neither when it began nor what it used.
  const bool is_judged =
      definition.until && step.decided && !step.kept && event.type == EventType::step_completed;
  if (attempt == step.attempt && has_outcome(step) && !is_judged) return {};
  auto outcome = decode_outcome(event.type, event.data);
  if (!outcome) return std::unexpected(outcome.error());
  note_outcome(step, attempt, *outcome);
  if (attempt < step.attempt || has_outcome(step)) return {};
  if (outcome->type != EventType::step_completed) {
    return move_step(graph, state, index, cause_of_failure(definition, state, step), event.at);
  }
  step.result = std::move(outcome->result);
  const StepCause cause = cause_of_completion(definition, state);
  if (cause == StepCause::cancel) leave_unjudged(step);
  return move_step(graph, state, index, cause, event.at);
}

Result<void> fold_started(const Graph& graph, RunState& state, StepIndex index, std::uint32_t attempt,
                          const Event& event) {
  StepState& step = state.steps[index];
  if (attempt > step.attempt) {
    keep_early(step, event);
    return {};
  }
  const auto worker = decode_begin(event.data);
  if (!worker) return std::unexpected(worker.error());
  note_start(step, attempt, event.at, &*worker);
  const bool waits = attempt == step.attempt && !is_closed(step.phase) && !has_outcome(step);
  return waits ? move_step(graph, state, index, StepCause::start, event.at) : Result<void>();
}

Result<void> fold_begin(const Graph& graph, RunState& state, StepIndex index, Time at) {
  StepState& step = state.steps[index];
  note_start(step, step.attempt, at, nullptr);
  touch(state, index);
  const bool waits = !is_closed(step.phase) && !has_outcome(step);
  return waits ? move_step(graph, state, index, StepCause::start, at) : Result<void>();
}

Result<void> fold_retry(const Graph& graph, RunState& state, StepIndex index, std::uint32_t attempt,
                        Time retry_at) {
  StepState& step = state.steps[index];
  const Step& definition = step_of(graph, state, index);
  if (attempt != step.attempt + 1) {
    return fail(ErrorCode::invalid, "step \"" + definition.key + "\" is at attempt " +
                                        std::to_string(step.attempt) + ": a retry as attempt " +
                                        std::to_string(attempt) + " can't follow");
  }
  const auto next = transition(definition.key, step.phase, StepCause::retry);
  if (!next) return std::unexpected(next.error());
  step.phase = *next;
  step.attempt = attempt;
  step.retry_at = retry_at;
  step.result = "null";
  touch(state, index);
  for (const Event& event : std::exchange(step.early, {})) {
    const auto key = parse_key(event.key);
    auto folded = key->kind == KeyKind::result ? fold_result(graph, state, index, key->attempt, event)
                                               : fold_started(graph, state, index, key->attempt, event);
    if (!folded) return folded;
  }
  return {};
}

}  // namespace callboard::run
