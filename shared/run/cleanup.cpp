#include "shared/run/cleanup.hpp"

#include <algorithm>

#include "shared/run/children.hpp"
#include "shared/run/judge.hpp"

namespace callboard::run {
namespace {

/// In place of their map, which ends with them.
void add_open_items(const RunState& state, const MapState& map, std::vector<Cleanup>& out) {
  for (std::uint32_t number = 0; number < map.opened; ++number) {
    const StepIndex place = map.places[number];
    if (!is_closed(state.steps[place].phase)) out.push_back({place, false});
  }
}

/// Which steps stand, however far, behind one of these: what is between them may begin yet.
std::vector<bool> find_below(const Graph& graph, const std::vector<StepIndex>& these) {
  std::vector<bool> out(graph.steps.size(), false);
  if (these.empty()) return out;
  for (const StepIndex step : graph.by_level) {
    out[step] = std::ranges::any_of(graph.steps[step].depends_on, [&](StepIndex above) {
      return out[above] || std::ranges::binary_search(these, above);
    });
  }
  return out;
}

}  // namespace

std::vector<Cleanup> find_cleanup(const Graph& graph, const RunState& state) {
  std::vector<StepIndex> alive;
  for (const StepIndex step : graph.outliving) {
    if (is_closed(state.steps[step].phase)) continue;
    if (outlives_cancel(graph, state, step)) alive.push_back(step);
  }
  const std::vector<bool> below = find_below(graph, alive);
  const bool waits_for_child = awaits_cancelled_child(graph, state);
  std::vector<Cleanup> out;
  for (const StepIndex step : alive) {
    const bool waits = below[step] || (waits_for_child && state.steps[step].open_dependencies > 0);
    const auto map = state.maps.find(step);
    if (map == state.maps.end() || !map->second.has_begun) {
      out.push_back({step, waits});
    } else {
      add_open_items(state, map->second, out);
    }
  }
  return out;
}

std::vector<StepIndex> find_free_cleanup(const Graph& graph, const RunState& state) {
  std::vector<StepIndex> out;
  for (const auto& [place, waits] : find_cleanup(graph, state)) {
    if (!waits) out.push_back(place);
  }
  return out;
}

}  // namespace callboard::run
