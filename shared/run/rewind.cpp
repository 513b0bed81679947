#include "shared/run/rewind.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/children.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/successor.hpp"
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
  kept.child = old.child;
  kept.leaves_child = old.leaves_child;
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
  kept.child = old.child;
  kept.leaves_child = old.leaves_child;
  return kept;
}

/// The steps and items of the generation that ends.
struct Before {
  std::vector<StepState> steps;
  std::map<StepIndex, MapState> maps;

  /// As new where the log has not spoken of it.
  StepState take(StepIndex step, std::optional<std::uint32_t> item) {
    if (!item) return std::move(steps[step]);
    const auto map = maps.find(step);
    const bool is_known =
        map != maps.end() && *item < map->second.places.size() && map->second.places[*item] != kNoStep;
    return is_known ? std::move(steps[map->second.places[*item]]) : StepState();
  }
};

Result<void> keep_result(const Graph& graph, const std::string& text, Before& before, RunState& state) {
  const auto key = parse_key(text);
  const StepIndex step = key && key->kind == KeyKind::result ? graph.find(key->step) : kNoStep;
  if (step == kNoStep || key->generation >= state.generation) {
    return fail(ErrorCode::invalid, "run.rewound keeps " + text + ", which is no result of the run");
  }
  const auto place = make_place(graph, state, step, key->item);
  if (!place) return std::unexpected(place.error());
  state.steps[*place] = keep_fact(before.take(step, key->item), key->generation, key->attempt);
  return {};
}

Result<void> keep_end(const Graph& graph, const std::string& text, Before& before, RunState& state) {
  const auto name = parse_step_name(text);
  const StepIndex step = name ? graph.find(name->step) : kNoStep;
  if (step == kNoStep)
    return fail(ErrorCode::invalid, "run.rewound keeps \"" + text + "\", which is no step of the run");
  const auto place = make_place(graph, state, step, name->item);
  if (!place) return std::unexpected(place.error());
  state.steps[*place] = keep_decision(before.take(step, name->item));
  return {};
}

Result<void> keep_ends(const Graph& graph, const Decision& decision, Before before, RunState& state) {
  for (const std::string& key : decision.keep) {
    if (auto kept = keep_result(graph, key, before, state); !kept) return kept;
  }
  for (const std::string& key : decision.keep_decided) {
    if (auto kept = keep_end(graph, key, before, state); !kept) return kept;
  }
  return {};
}

Before begin_generation(const Graph& graph, RunState& state, std::uint32_t generation, Time at) {
  Before before{std::exchange(state.steps, {}), std::exchange(state.maps, {})};
  state.items.clear();
  state.generation = generation;
  state.steps.resize(graph.steps.size());
  for (StepState& step : state.steps) step.generation = generation;
  state.open_steps = static_cast<std::uint32_t>(state.steps.size());
  state.failed = false;
  state.closing.reset();
  state.closing_at = {};
  state.error = {};
  state.outputs = "null";
  state.begun_at = at;
  state.opened_at = at;
  state.paused_for = {};
  state.closed_at = {};
  state.workers_stopped = false;
  state.attention.clear();
  state.turns_wanted.clear();
  state.attention_run = true;
  return before;
}

/// Those whose end is known; others settle when it is folded.
void settle_kept_items(const Graph& graph, RunState& state) {
  for (auto place = static_cast<StepIndex>(graph.steps.size()); place < state.steps.size(); ++place) {
    if (is_closed(state.steps[place].phase)) begin_step(graph, state, place);
  }
}

/// Of a step whose end is kept, or an item.
void keep(const Graph& graph, const RunState& state, StepIndex place, Decision& decision) {
  const StepState& of = state.steps[place];
  if (of.decided) {
    decision.keep_decided.push_back(key_of(graph, state, place));
  } else {
    decision.keep.push_back(result_key(key_of(graph, state, place), of.attempt, of.generation));
  }
}

/// A map begins again in the new generation, and ends with its items where all of them are kept.
void keep_items(const Graph& graph, const RunState& state, StepIndex map, Decision& decision) {
  const auto of = state.maps.find(map);
  if (of == state.maps.end()) return;
  for (const StepIndex place : of->second.places) {
    if (place == kNoStep || is_undone(graph, state, place)) continue;
    if (has_ended_well(step_of(graph, state, place), state.steps[place])) keep(graph, state, place, decision);
  }
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
    const bool may_keep = stands && is_wanted(step);
    keeps[step] = may_keep && has_ended_well(graph.steps[step], of) && !is_undone(graph, state, step);
    if (may_keep && graph.steps[step].is_map() && !of.decided) {
      keep_items(graph, state, step, decision);
    } else if (keeps[step]) {
      keep(graph, state, step, decision);
    }
  }
  return decision;
}

}  // namespace

bool is_undone(const Graph& graph, const RunState& state, StepIndex place) {
  const StepIndex undo = step_of(graph, state, place).undo;
  return undo != kNoStep && has_completed(graph, state, undo, item_of(graph, state, place));
}

bool has_ended_well(const Step& step, const StepState& state) {
  if (!state.settled || state.left_open) return false;
  if (state.phase == StepPhase::completed || state.phase == StepPhase::skipped) return true;
  return state.phase == StepPhase::failed && step.continue_on_error;
}

Result<void> fold_rewound(const Graph& graph, RunState& state, const Decision& decision, Time at) {
  const bool queues = needs_admission(state.created, state.generation + 1) || state.created.needs_approval;
  const auto next = transition(state.phase, queues ? RunCause::queue : RunCause::rewind);
  if (!next) return std::unexpected(next.error());
  if (decision.generation != state.generation + 1) {
    return fail(ErrorCode::invalid, "the run is at generation " + std::to_string(state.generation) +
                                        ": a rewind to generation " + std::to_string(decision.generation) +
                                        " can't follow");
  }
  state.phase = *next;
  state.queued = queues;
  Before before = begin_generation(graph, state, decision.generation, at);
  if (auto kept = keep_ends(graph, decision, std::move(before), state); !kept) return kept;
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
    state.steps[i].open_dependencies = static_cast<std::uint32_t>(graph.steps[i].depends_on.size());
    state.steps[i].ready_at = at;
  }
  keep_successor(state);
  settle_kept_items(graph, state);
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
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
