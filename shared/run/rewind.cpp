#include "shared/run/rewind.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/keys.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/transitions.hpp"

namespace callboard::run {
namespace {

/// What is known of a kept attempt, whether its outcome is folded already or will be.
StepState keep_fact(StepState old, std::uint32_t generation, std::uint32_t attempt) {
  StepState kept;
  kept.kept = true;
  kept.generation = generation;
  kept.attempt = attempt;
  if (old.generation != generation || old.attempt != attempt) return kept;
  if (old.started_attempt == attempt) {
    kept.started_attempt = attempt;
    kept.started_at = old.started_at;
    kept.worker = old.worker;
  }
  if (!is_closed(old.phase) || old.left_open) return kept;
  kept.phase = old.phase;
  kept.closed_at = old.closed_at;
  kept.result = std::move(old.result);
  if (old.error_attempt == attempt) {
    kept.error = std::move(old.error);
    kept.error_attempt = attempt;
  }
  if (old.usage_attempt == attempt) {
    kept.usage = std::move(old.usage);
    kept.usage_attempt = attempt;
  }
  return kept;
}

/// Facts of such a step don't count any more, so nothing of theirs is kept either.
StepState keep_decision(StepState old) {
  StepState kept;
  kept.kept = kept.decided = true;
  kept.generation = old.generation;
  kept.attempt = old.attempt;
  kept.phase = old.phase;
  kept.closed_at = old.closed_at;
  kept.result = std::move(old.result);
  kept.error = std::move(old.error);
  kept.error_attempt = old.error_attempt;
  return kept;
}

Result<void> keep_results(const Graph& graph, const Decision& decision, std::vector<StepState>& old,
                          std::vector<StepState>& steps) {
  for (const std::string& text : decision.keep) {
    const auto key = parse_key(text);
    const StepIndex step = key && key->kind == KeyKind::result ? graph.find(key->step) : kNoStep;
    if (step == kNoStep || key->item || key->generation >= decision.generation) {
      return fail(ErrorCode::invalid, "run.rewound keeps " + text + ", which is no result of the run");
    }
    steps[step] = keep_fact(std::move(old[step]), key->generation, key->attempt);
  }
  for (const StepIndex step : decision.keep_decided) steps[step] = keep_decision(std::move(old[step]));
  return {};
}

void begin_generation(RunState& state, std::uint32_t generation, std::vector<StepState> steps, Time at) {
  state.generation = generation;
  state.steps = std::move(steps);
  state.open_steps = static_cast<std::uint32_t>(state.steps.size());
  state.failed = false;
  state.closing.reset();
  state.error = {};
  state.outputs = "null";
  state.opened_at = at;
  state.paused_for = {};
  state.closed_at = {};
  state.workers_stopped = false;
  state.attention.clear();
  state.attention_run = true;
}

/// Keeps what ended well and rests on nothing but what is kept itself.
template <typename Wanted>
Decision make_rewind(const Graph& graph, const RunState& state, Wanted is_wanted) {
  Decision decision{.type = EventType::run_rewound};
  decision.generation = state.generation + 1;
  std::vector<bool> keeps(state.steps.size(), false);
  for (const StepIndex step : graph.by_level) {
    const StepState& of = state.steps[step];
    const bool stands = std::ranges::all_of(graph.steps[step].depends_on,
                                            [&](StepIndex dependency) { return bool{keeps[dependency]}; });
    keeps[step] = stands && is_wanted(step) && has_ended_well(graph.steps[step], of);
    if (!keeps[step]) continue;
    if (of.decided) {
      decision.keep_decided.push_back(step);
    } else {
      decision.keep.push_back(result_key(graph.steps[step].key, of.attempt, of.generation));
    }
  }
  return decision;
}

}  // namespace

bool has_ended_well(const Step& step, const StepState& state) {
  if (!state.settled || state.left_open) return false;
  if (state.phase == StepPhase::completed || state.phase == StepPhase::skipped) return true;
  return state.phase == StepPhase::failed && step.continue_on_error;
}

Result<void> fold_rewound(const Graph& graph, RunState& state, const Decision& decision, Time at) {
  const bool queues = state.created.group.has_value();
  const auto next = transition(state.phase, queues ? RunCause::queue : RunCause::rewind);
  if (!next) return std::unexpected(next.error());
  if (decision.generation != state.generation + 1) {
    return fail(ErrorCode::invalid, "the run is at generation " + std::to_string(state.generation) +
                                        ": a rewind to generation " + std::to_string(decision.generation) +
                                        " can't follow");
  }
  std::vector<StepState> steps(state.steps.size());
  for (StepState& step : steps) step.generation = decision.generation;
  if (auto kept = keep_results(graph, decision, state.steps, steps); !kept) return kept;
  for (StepIndex i = 0; i < steps.size(); ++i) {
    steps[i].open_dependencies = static_cast<std::uint32_t>(graph.steps[i].depends_on.size());
    steps[i].ready_at = at;
  }
  state.phase = *next;
  state.queued = queues;
  begin_generation(state, decision.generation, std::move(steps), at);
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    if (graph.steps[i].depends_on.empty()) begin_step(graph, state, i);
  }
  return {};
}

Decision rewind_for_retry(const Graph& graph, const RunState& state) {
  return make_rewind(graph, state, [](StepIndex) { return true; });
}

Decision rewind_to(const Graph& graph, const RunState& state, const std::vector<std::string>& keep) {
  std::vector<bool> wanted(state.steps.size(), false);
  for (const std::string& key : keep) {
    const StepIndex step = graph.find(key);
    if (step != kNoStep) wanted[step] = true;
  }
  return make_rewind(graph, state, [&](StepIndex step) { return bool{wanted[step]}; });
}

}  // namespace callboard::run
