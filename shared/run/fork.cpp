#include "shared/run/fork.hpp"

#include <algorithm>

#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
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

/// The map begins anew in the fork, and ends with them and with those that are run again, such as `but`.
void keep_items(const Graph& old_graph, const RunState& state, StepIndex old, StepIndex step,
                std::optional<std::uint32_t> but, std::vector<Decision>& out) {
  const auto map = state.maps.find(old);
  if (map == state.maps.end()) return;
  for (const StepIndex place : map->second.places) {
    if (place == kNoStep || is_undone(old_graph, state, place)) continue;
    if (!has_ended_well(step_of(old_graph, state, place), state.steps[place])) continue;
    const auto item = item_of(old_graph, state, place);
    if (item == but) continue;
    out.push_back(end_of(step, state.steps[place]));
    out.back().item = item;
  }
}

}  // namespace

std::optional<ForkPoint> find_fork_point(const Graph& old_graph, const RunState& state, const Graph& graph,
                                         std::string_view key) {
  const auto name = parse_step_name(key);
  const StepIndex step = name ? graph.find(name->step) : kNoStep;
  if (step == kNoStep) return std::nullopt;
  if (name->item && (!graph.steps[step].is_map() || find_place(old_graph, state, key) == kNoStep))
    return std::nullopt;
  const bool is_group = graph.steps[step].group_part == GroupPart::end;
  return ForkPoint{is_group ? graph.steps[step].group_begin : step, name->item};
}

std::vector<Decision> keep_for_fork(const Graph& old_graph, const RunState& state, const Graph& graph,
                                    const ForkPoint& from) {
  std::vector<Decision> out;
  std::vector<bool> keeps(graph.steps.size(), false);
  for (const StepIndex step : graph.by_level) {
    const StepIndex old = old_graph.find(graph.steps[step].key);
    const bool stands = std::ranges::all_of(graph.steps[step].depends_on,
                                            [&](StepIndex dependency) { return bool{keeps[dependency]}; });
    if (!stands || old == kNoStep) continue;
    const bool has_items =
        graph.steps[step].is_map() && old_graph.steps[old].is_map() && !state.steps[old].decided;
    if (step == from.step) {
      if (from.item && has_items) keep_items(old_graph, state, old, step, from.item, out);
      continue;
    }
    if (!has_ended_well(graph.steps[step], state.steps[old])) continue;
    keeps[step] = !is_undone(old_graph, state, old);
    if (has_items) {
      keep_items(old_graph, state, old, step, std::nullopt, out);
    } else if (keeps[step]) {
      out.push_back(end_of(step, state.steps[old]));
    }
  }
  return out;
}

}  // namespace callboard::run
