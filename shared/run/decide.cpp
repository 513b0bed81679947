#include "shared/run/decide.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "shared/run/admission.hpp"
#include "shared/run/children.hpp"
#include "shared/run/cleanup.hpp"
#include "shared/run/close.hpp"
#include "shared/run/commands.hpp"
#include "shared/run/group.hpp"
#include "shared/run/held.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/round.hpp"
#include "shared/run/step_turns.hpp"
#include "shared/run/successor.hpp"
#include "shared/run/transitions.hpp"
#include "shared/run/until.hpp"

namespace callboard::run {
namespace {

void note_ready(Round& round, StepIndex step) {
  StepPhase& phase = round.state.steps[step].phase;
  phase = next_phase(phase, StepCause::open).value_or(phase);
}

/// A step that runs below a failure (it asked for that) takes no line along: what follows it is skipped.
PublishJob make_job(const Round& round, StepIndex first, bool line) {
  PublishJob job{.steps = {first}, .attempt = round.state.steps[first].attempt};
  const bool straight = line && !round.state.steps[first].below_failure;
  StepIndex next = straight ? step_of(round.graph, round.state, first).next_in_line : kNoStep;
  while (next != kNoStep && job.steps.size() < limits::kSegmentSteps &&
         round.state.steps[next].phase == StepPhase::pending) {
    job.steps.push_back(next);
    next = round.graph.steps[next].next_in_line;
  }
  return job;
}

/// How many items a map has is decided, so that whoever folds the run knows it without evaluating anything.
void begin_map(Round& round, StepIndex map) {
  auto list = evaluate_list(round.graph, round.state, map);
  if (!list) return round.fail_step(map, ErrorClass::validation, "forEach: " + list.error().message);
  Decision decision{.type = EventType::step_started, .step = map};
  decision.items = static_cast<std::uint32_t>(list->get_array().size());
  round.state.maps[map].list = std::make_shared<const Value>(*std::move(list));
  round.list.push_back(std::move(decision));
}

void decide_ready(Round& round, StepIndex step, bool line) {
  note_ready(round, step);
  const Step& definition = step_of(round.graph, round.state, step);
  if (definition.is_map()) return begin_map(round, step);
  if (is_item(round.graph, step)) load_list(round.graph, round.state, step);
  if (definition.held) {
    decide_held(round, step);
  } else if (!wants_turn(round, step)) {
    round.decided.jobs.push_back(make_job(round, step, line));
  }
}

void decide_blocked(Round& round, StepIndex step) {
  const bool is_group_end = step_of(round.graph, round.state, step).group_part == GroupPart::end;
  if (is_group_end) return decide_group_end(round, step);
  if (is_item(round.graph, step)) load_list(round.graph, round.state, step);
  Judged judged = judge(round.graph, round.state, step);
  switch (judged.judgement) {
    case Judgement::runs: return decide_ready(round, step, true);
    case Judgement::skipped_by_condition: return round.skip_step(step, "\"condition\"");
    case Judgement::unreadable:
      return round.fail_step(step, ErrorClass::validation, std::move(judged.problem));
    case Judgement::skipped_by_group:
      round.skip_step(step, "\"group\"");
      round.skipped.push_back(step);
      return;
    case Judgement::skipped_by_dependency:
      round.skip_step(step, "\"dependency\"");
      round.skipped.push_back(step);
  }
}

void decide_retrying(Round& round, StepIndex step, bool line) {
  const Time at = round.state.steps[step].retry_at;
  if (at > round.outlook.now) {
    round.decided.timers.push_back({at, step});
  } else {
    decide_ready(round, step, line);
  }
}

/// Somebody must watch over it; a map that has begun is its items' matter.
void decide_running_step(Round& round, StepIndex step) {
  if (step_of(round.graph, round.state, step).has_jobs())
    round.decided.jobs.push_back(make_job(round, step, true));
  if (step_of(round.graph, round.state, step).starts_child()) decide_child(round, step);
}

/// Of an item, until the items before it leave it a place.
bool is_behind_others(const Round& round, StepIndex step) {
  if (!is_item(round.graph, step)) return false;
  const MapState& map = round.state.maps.at(root_of(round.graph, round.state, step));
  return !map.has_begun || *item_of(round.graph, round.state, step) >= map.opened;
}

void decide_step(Round& round, StepIndex step) {
  const StepState& state = round.state.steps[step];
  if (state.phase == StepPhase::deciding) return schedule_retry(round, step);
  if (state.phase == StepPhase::asking) return decide_asking(round, step);
  if (state.open_dependencies > 0 || is_behind_others(round, step)) return;
  switch (state.phase) {
    case StepPhase::blocked: return decide_blocked(round, step);
    case StepPhase::ready: return decide_ready(round, step, true);
    case StepPhase::retrying: return decide_retrying(round, step, true);
    case StepPhase::running: return decide_running_step(round, step);
    case StepPhase::judging: return decide_until(round, step);
    default: return;
  }
}

/// Steps below one that this row skips are skipped in the same row, as far as no expression has to be asked.
void skip_below(Round& round) {
  std::unordered_map<StepIndex, std::uint32_t> skipped_above;
  for (std::size_t i = 0; i < round.skipped.size(); ++i) {
    for (const StepIndex dependent : round.graph.steps[round.skipped[i]].dependents) {
      const StepState& below = round.state.steps[dependent];
      if (below.phase != StepPhase::pending || asks_status(round.graph.steps[dependent])) continue;
      // What became of a group is for its steps to tell, unless it did not begin.
      const StepIndex begin = round.graph.steps[dependent].group_begin;
      if (begin != kNoStep && std::ranges::find(round.skipped, begin) == round.skipped.end()) continue;
      if (++skipped_above[dependent] < below.open_dependencies) continue;
      round.skip_step(dependent,
                      is_off(round.graph, round.state, dependent) ? "\"group\"" : "\"dependency\"");
      round.skipped.push_back(dependent);
    }
  }
}

/// In the order of the file, items in that of their list, wherever their places are.
std::vector<StepIndex> take_attention(const Graph& graph, RunState& state) {
  std::vector<StepIndex> steps = std::exchange(state.attention, {});
  std::ranges::sort(steps, {}, [&](StepIndex place) {
    return std::pair(root_of(graph, state, place), item_of(graph, state, place));
  });
  const auto doubles = std::ranges::unique(steps);
  steps.erase(doubles.begin(), doubles.end());
  return steps;
}

/// The run has failed, and this row closes the last of its steps: it may close the run too, since nothing
/// need be asked of their results.
bool ends_failed(const Round& round) {
  const auto closed = std::ranges::count_if(round.list, [](const Decision& decision) {
    return !decision.item &&
           (decision.type == EventType::step_completed || decision.type == EventType::step_failed ||
            decision.type == EventType::step_skipped);
  });
  return round.state.failed && closed == static_cast<std::ptrdiff_t>(round.state.open_steps);
}

void decide_running(Round& round, const std::vector<StepIndex>& attention, bool attention_run) {
  if (round.state.open_steps > 0) {
    if (auto cancelling = find_reason_to_cancel(round)) {
      round.list.push_back(std::move(*cancelling));
      return;
    }
    if (auto pause = find_pause_or_resume(round)) {
      round.list.push_back(std::move(*pause));
      return;
    }
    if (attention_run) round.decided.timers.push_back({deadline(round.graph, round.state), kNoStep});
  }
  for (const StepIndex step : attention) decide_step(round, step);
  skip_below(round);
  if (round.state.open_steps == 0 || ends_failed(round)) close_run(round);
}

/// Nothing new begins; what was begun goes on, and what comes of it is folded.
void decide_paused(Round& round, bool attention_run) {
  if (round.state.queued) {
    decide_paused_in_queue(round, attention_run);
  } else if (auto cancelling = find_reason_to_cancel(round)) {
    round.list.push_back(std::move(*cancelling));
  } else if (auto resume = find_pause_or_resume(round)) {
    round.list.push_back(std::move(*resume));
  }
}

void decide_closed(Round& round) {
  if (auto rewind = find_rewind(round.graph, round.state)) round.list.push_back(std::move(*rewind));
}

void decide_cancelling(Round& round, const std::vector<StepIndex>& attention, bool attention_run) {
  RunState& state = round.state;
  const bool stopped_now = round.outlook.workers_stopped && !state.workers_stopped;
  state.workers_stopped |= stopped_now;
  if (state.open_steps > 0 && !state.workers_stopped) {
    round.decided.stop_workers = attention_run;
    return;
  }
  const std::vector<Cleanup> cleanup = find_cleanup(round.graph, state);
  for (const auto& [step, waits] : cleanup) {
    const StepPhase phase = state.steps[step].phase;
    const bool asked = attention_run || stopped_now ||
                       std::ranges::find(attention, step) != attention.end() || phase == StepPhase::pending;
    if (waits || !asked || phase == StepPhase::deciding || phase == StepPhase::judging) continue;
    if (step_of(round.graph, state, step).group_part == GroupPart::end)
      decide_group_end(round, step);
    else if (phase == StepPhase::blocked && is_item(round.graph, step))
      decide_blocked(round, step);
    else if (phase == StepPhase::retrying)
      decide_retrying(round, step, false);
    else
      decide_ready(round, step, false);
  }
  if (cleanup.empty() && !awaits_cancelled_child(round.graph, state))
    round.list.push_back(close_cancelled(*state.closing));
}

DecisionRow make_row(Round& round) {
  DecisionRow row{.number = round.state.decisions, .list = std::move(round.list)};
  row.closes = closing_phase(row.list.back().type);
  row.reopens = row.list.front().type == EventType::run_rewound;
  row.admits = row.list.back().type == EventType::run_admitted;
  row.admits_step = round.admits_step;
  row.starts = std::move(round.starts);
  if (row.closes) row.tells = tell_parent(round.state, row.list);
  const auto cancels = std::ranges::find(row.list, EventType::run_cancelling, &Decision::type);
  if (cancels != row.list.end()) {
    std::ranges::move(cancel_children(round.graph, round.state, cancels->error),
                      std::back_inserter(row.tells));
  }
  if (row.closes && round.state.closing) row.free_keys = find_free_keys(round.graph, round.state);
  return row;
}

}  // namespace

Decided decide(const Graph& graph, RunState& state, const Outlook& outlook) {
  const std::vector<StepIndex> attention = take_attention(graph, state);
  const bool attention_run = std::exchange(state.attention_run, false);
  Round round{.graph = graph, .state = state, .outlook = outlook};
  if (state.phase == RunPhase::pending) decide_queued(round, attention_run);
  if (state.phase == RunPhase::running) decide_running(round, attention, attention_run);
  if (state.phase == RunPhase::paused) decide_paused(round, attention_run);
  if (state.phase == RunPhase::cancelling) decide_cancelling(round, attention, attention_run);
  if (is_closed(state.phase)) decide_closed(round);
  if (state.phase == RunPhase::cancelling && !state.workers_stopped) state.turns_wanted.clear();
  const bool may_begin = state.phase == RunPhase::running || state.phase == RunPhase::cancelling;
  if (may_begin && round.list.empty()) ask_for_turn(round);
  if (attention_run && !graph.cancel_on.empty() && !state.closing && !is_closed(state.phase))
    round.decided.listens.push_back(listen_for_cancel(state));
  if (!round.list.empty()) round.decided.row = make_row(round);
  return std::move(round.decided);
}

}  // namespace callboard::run
