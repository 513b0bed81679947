#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

/// Items of maps: a place of RunState::steps is a step of the graph, or an item of a map. Part of fold() and
/// decide().
namespace callboard::run {

inline bool is_item(const Graph& graph, StepIndex place) { return place >= graph.steps.size(); }

/// The map that an item belongs to; a step itself otherwise.
inline StepIndex root_of(const Graph& graph, const RunState& state, StepIndex place) {
  return is_item(graph, place) ? state.items[place - graph.steps.size()].map : place;
}

/// What is executed there: of an item, its map's body.
inline const Step& step_of(const Graph& graph, const RunState& state, StepIndex place) {
  if (!is_item(graph, place)) return graph.steps[place];
  return graph.bodies[graph.steps[root_of(graph, state, place)].body];
}

/// Of an item, its number.
std::optional<std::uint32_t> item_of(const Graph& graph, const RunState& state, StepIndex place);

/// "build", or "build[3]": as in the keys of events, jobs and commands.
std::string key_of(const Graph& graph, const RunState& state, StepIndex place);

/// The place of such a key; kNoStep if the workflow has no such step, or the log has not spoken of the item.
StepIndex find_place(const Graph& graph, const RunState& state, std::string_view key);
StepIndex find_place(const RunState& state, StepIndex step, std::optional<std::uint32_t> item);

/// Whether the step, or that item of it, has completed; of a map, whether one of its items has.
bool has_completed(const Graph& graph, const RunState& state, StepIndex step,
                   std::optional<std::uint32_t> item);

/// The place of such an item, made where the log speaks of an item for the first time. `invalid`: the step is
/// no map (or is one, and no item is named), or has not so many items.
Result<StepIndex> make_place(const Graph& graph, RunState& state, StepIndex step,
                             std::optional<std::uint32_t> item);

/// Calls `visit(place)` on every step, in the order of the file, and behind a map on its items, in theirs.
template <typename Visit>
void each_place(const Graph& graph, const RunState& state, Visit visit) {
  for (StepIndex step = 0; step < graph.steps.size(); ++step) {
    visit(step);
    const auto map = state.maps.find(step);
    if (map == state.maps.end()) continue;
    for (const StepIndex place : map->second.places) {
      if (place != kNoStep) visit(place);
    }
  }
}

/// step.started of a map: it has so many items from now on.
Result<void> fold_begun_map(const Graph& graph, RunState& state, StepIndex map, std::uint32_t count, Time at);

/// An item is closed: the next may begin, and behind the last one the map ends.
void end_item(const Graph& graph, RunState& state, StepIndex place);

/// Rebuilds what follows from the items of maps that were read from elsewhere.
void restore_ends(RunState& state);

/// What `forEach` comes out as: a list, or the entries {key, value} of an object. `invalid` for anything
/// else, `too_large` above limits::kItems. Of an undo, the list of the map that it takes back.
Result<Value> evaluate_list(const Graph& graph, const RunState& state, StepIndex map);
/// Has the list of the item's map at hand for what is rendered next.
void load_list(const Graph& graph, RunState& state, StepIndex place);

}  // namespace callboard::run
