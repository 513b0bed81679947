#include "shared/run/fork.hpp"

#include <algorithm>

#include "shared/run/items.hpp"
#include "shared/run/rewind.hpp"

namespace callboard::run {
namespace {

Decision end_of(StepIndex step, const StepState& state) {
  Decision decision{.type = EventType::step_completed, .step = step};
  if (state.phase == StepPhase::completed) decision.value = state.result;
  if (state.phase == StepPhase::skipped) {
    decision.type = EventType::step_skipped;
    decision.value = "\"condition\"";
  }
  if (state.phase == StepPhase::failed) {
    decision.type = EventType::step_failed;
    decision.error = state.error;
  }
  return decision;
}

/// The map begins anew in the fork, and ends with them.
void keep_items(const Graph& old_graph, const RunState& state, StepIndex old, StepIndex step,
                std::vector<Decision>& out) {
  const auto map = state.maps.find(old);
  if (map == state.maps.end()) return;
  for (const StepIndex place : map->second.places) {
    if (place == kNoStep || is_undone(old_graph, state, place)) continue;
    if (!has_ended_well(step_of(old_graph, state, place), state.steps[place])) continue;
    out.push_back(end_of(step, state.steps[place]));
    out.back().item = item_of(old_graph, state, place);
  }
}

}  // namespace

std::vector<Decision> keep_for_fork(const Graph& old_graph, const RunState& state, const Graph& graph,
                                    StepIndex from) {
  std::vector<Decision> out;
  std::vector<bool> keeps(graph.steps.size(), false);
  for (const StepIndex step : graph.by_level) {
    const StepIndex old = old_graph.find(graph.steps[step].key);
    const bool stands = std::ranges::all_of(graph.steps[step].depends_on,
                                            [&](StepIndex dependency) { return bool{keeps[dependency]}; });
    const bool may_keep =
        step != from && stands && old != kNoStep && has_ended_well(graph.steps[step], state.steps[old]);
    if (!may_keep) continue;
    keeps[step] = !is_undone(old_graph, state, old);
    const bool is_map = graph.steps[step].is_map() && old_graph.steps[old].is_map();
    if (is_map && !state.steps[old].decided) {
      keep_items(old_graph, state, old, step, out);
    } else if (keeps[step]) {
      out.push_back(end_of(step, state.steps[old]));
    }
  }
  return out;
}

}  // namespace callboard::run
