#include "shared/run/judge.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"
#include "shared/run/step_fold.hpp"

namespace callboard::run {
namespace {

/// A failure among the steps that it stands behind, as far as its group goes.
bool has_failed_above(const Graph& graph, const RunState& state, StepIndex step) {
  std::vector<bool> seen(graph.steps.size(), false);
  std::vector<StepIndex> open{step};
  while (!open.empty()) {
    StepIndex at = open.back();
    open.pop_back();
    if (graph.steps[at].group_part == GroupPart::end) at = graph.steps[at].group_begin;
    for (const StepIndex above : graph.steps[at].depends_on) {
      if (seen[above]) continue;
      seen[above] = true;
      if (is_failure(graph.steps[above], state.steps[above])) return true;
      if (graph.steps[above].group_part != GroupPart::begin) open.push_back(above);
    }
  }
  return false;
}

bool has_nothing_to_undo(const Graph& graph, const RunState& state, StepIndex place) {
  const StepIndex undone = step_of(graph, state, place).undoes;
  return undone != kNoStep && !has_completed(graph, state, undone, item_of(graph, state, place));
}

}  // namespace

bool is_off(const Graph& graph, const RunState& state, StepIndex place) {
  const StepIndex begin = find_begin_above(graph, root_of(graph, state, place));
  return begin != kNoStep && state.steps[begin].phase != StepPhase::completed;
}

bool is_below_failure(const Graph& graph, const RunState& state, StepIndex step) {
  if (state.steps[step].below_failure) return true;
  return state.closing && find_begin_above(graph, step) != kNoStep && has_failed_above(graph, state, step);
}

bool is_stopped_by_cancel(const Graph& graph, const RunState& state, StepIndex place) {
  if (!state.closing) return false;
  const StepIndex begin = find_begin_above(graph, root_of(graph, state, place));
  return begin == kNoStep || !outlives_cancel(graph, state, begin);
}

Judged judge(const Graph& graph, const RunState& state, StepIndex index) {
  const StepIndex root = root_of(graph, state, index);
  const Step& step = step_of(graph, state, index);
  if (is_off(graph, state, index)) return {Judgement::skipped_by_group, {}};
  if (!asks_status(graph.steps[root]) &&
      (is_below_failure(graph, state, root) || is_stopped_by_cancel(graph, state, root))) {
    return {Judgement::skipped_by_dependency, {}};
  }
  if (has_nothing_to_undo(graph, state, index)) return {Judgement::skipped_by_condition, {}};
  if (!step.condition) return {};
  const auto holds = expression::holds(*step.condition, RunContexts(graph, state, index));
  if (!holds) return {Judgement::unreadable, "if: " + holds.error().message};
  return {*holds ? Judgement::runs : Judgement::skipped_by_condition, {}};
}

bool outlives_cancel(const Graph& graph, const RunState& state, StepIndex step) {
  const StepIndex root = root_of(graph, state, step);
  if (!may_outlive_cancel(graph, root)) return false;
  if (step != root && !outlives_cancel(graph, state, root)) return false;  // an item goes on with its map
  // A group's end is there for as long as its begin may begin, or has begun.
  const bool is_end = graph.steps[root].group_part == GroupPart::end;
  const StepIndex judged = is_end ? graph.steps[root].group_begin : step;
  if (is_end && state.steps[judged].phase == StepPhase::skipped) return false;
  return judge(graph, state, judged).judgement == Judgement::runs;
}

Time begin_of(const Graph& graph, const RunState& state, StepIndex step) {
  const StepState& of = state.steps[step];
  if (!state.closing || of.open_dependencies == 0) return of.ready_at;
  Time begin = std::max(of.ready_at, state.closing_at);
  std::vector<StepIndex> above = graph.steps[root_of(graph, state, step)].depends_on;
  std::vector<bool> seen(graph.steps.size());
  while (!above.empty()) {
    const StepIndex next = above.back();
    above.pop_back();
    if (seen[next]) continue;
    seen[next] = true;
    const StepState& other = state.steps[next];
    if (is_closed(other.phase) && !other.left_open) begin = std::max(begin, other.closed_at);
    if (other.settled) continue;  // later than all above it
    std::ranges::copy(graph.steps[next].depends_on, std::back_inserter(above));
  }
  return begin;
}

bool is_given_up(const Graph& graph, const RunState& state, StepIndex place) {
  return state.closing && !is_closed(state.steps[place].phase) &&
         !may_outlive_cancel(graph, root_of(graph, state, place));
}

}  // namespace callboard::run
