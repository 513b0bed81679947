#include "shared/run/items.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/step_fold.hpp"

namespace callboard::run {
namespace {

Result<StepIndex> refuse(const Graph& graph, StepIndex step, std::string_view why) {
  return fail(ErrorCode::invalid, "step \"" + graph.steps[step].key + "\" " + std::string(why));
}

/// The first so many begin with the map, every other one as soon as one more has ended. Ends that are folded
/// late move the times of those behind them.
void open_items(const Graph& graph, RunState& state, StepIndex map, std::size_t moved) {
  MapState& of = state.maps[map];
  const std::size_t parallel = graph.steps[map].max_parallel;
  const auto open_until =
      static_cast<std::uint32_t>(std::min<std::size_t>(of.count, parallel + of.ends.size()));
  for (std::size_t number = parallel + moved; number < open_until; ++number) {
    state.steps[of.places[number]].ready_at = of.ends[number - parallel];
  }
  for (; of.opened < open_until; ++of.opened) open_step(graph, state, of.places[of.opened]);
}

/// The results in the order of the items; null for one that has none.
std::string collect_results(const RunState& state, const MapState& map) {
  std::string out = "[";
  for (const StepIndex place : map.places) {
    if (out.size() > 1) out += ',';
    out += state.steps[place].phase == StepPhase::completed ? state.steps[place].result : "null";
  }
  return out + "]";
}

struct Ends {
  std::uint32_t failed = 0, cancelled = 0;
  StepIndex first_failed = kNoStep;
};

Ends count_ends(const Step& body, const RunState& state, const MapState& map) {
  Ends ends;
  for (const StepIndex place : map.places) {
    const StepPhase phase = state.steps[place].phase;
    const bool failed = phase == StepPhase::failed && !body.continue_on_error;
    ends.cancelled += phase == StepPhase::cancelled ? 1 : 0;
    ends.failed += failed ? 1 : 0;
    if (failed && ends.first_failed == kNoStep) ends.first_failed = place;
  }
  return ends;
}

void end_map(const Graph& graph, RunState& state, StepIndex map) {
  const MapState& of = state.maps[map];
  const Ends ends = count_ends(graph.bodies[graph.steps[map].body], state, of);
  StepState& step = state.steps[map];
  step.result = collect_results(state, of);
  StepCause cause = StepCause::complete;
  if (ends.failed > 0) {
    cause = StepCause::fail;
    const StepError& first = state.steps[ends.first_failed].error;
    step.error = {first.error_class, std::to_string(ends.failed) + " of " + std::to_string(of.count) +
                                         " items failed, first " + key_of(graph, state, ends.first_failed) +
                                         ": " + first.message};
    step.error_attempt = step.attempt;
  } else if (ends.cancelled > 0) {
    cause = StepCause::cancel;
  }
  const Time at = of.ends.empty() ? of.begun_at : std::max(of.begun_at, of.ends.back());
  const auto moved = move_step(graph, state, map, cause, at);
  CALLBOARD_CHECK(moved.has_value());  // a map that has begun may end in every way
}

void end_map_behind_last(const Graph& graph, RunState& state, StepIndex map) {
  const MapState& of = state.maps[map];
  if (of.has_begun && of.ends.size() == of.count) end_map(graph, state, map);
}

std::string_view name_kind(const Value& value) {
  if (value.is_null()) return "nothing (null)";
  if (value.is_string()) return "a string";
  return value.is_bool() ? "true or false" : "a number";
}

Object make_entry(const boost::json::key_value_pair& member) {
  Object entry;
  entry["key"] = member.key();
  entry["value"] = member.value();
  return entry;
}

}  // namespace

std::optional<std::uint32_t> item_of(const Graph& graph, const RunState& state, StepIndex place) {
  if (!is_item(graph, place)) return std::nullopt;
  return state.items[place - graph.steps.size()].number;
}

std::string key_of(const Graph& graph, const RunState& state, StepIndex place) {
  const auto item = item_of(graph, state, place);
  if (!item) return graph.steps[place].key;
  return graph.steps[root_of(graph, state, place)].key + "[" + std::to_string(*item) + "]";
}

StepIndex find_place(const RunState& state, StepIndex step, std::optional<std::uint32_t> item) {
  if (!item) return step;
  const auto map = state.maps.find(step);
  if (map == state.maps.end() || *item >= map->second.places.size()) return kNoStep;
  return map->second.places[*item];
}

StepIndex find_place(const Graph& graph, const RunState& state, std::string_view key) {
  const auto name = parse_step_name(key);
  const StepIndex step = name ? graph.find(name->step) : kNoStep;
  return step == kNoStep ? kNoStep : find_place(state, step, name->item);
}

bool has_completed(const Graph& graph, const RunState& state, StepIndex step,
                   std::optional<std::uint32_t> item) {
  const auto is_completed = [&](StepIndex place) {
    return place != kNoStep && state.steps[place].phase == StepPhase::completed;
  };
  if (item || !graph.steps[step].is_map()) return is_completed(find_place(state, step, item));
  const auto map = state.maps.find(step);
  return map != state.maps.end() && std::ranges::any_of(map->second.places, is_completed);
}

Result<StepIndex> make_place(const Graph& graph, RunState& state, StepIndex step,
                             std::optional<std::uint32_t> item) {
  if (!item) return step;
  if (!graph.steps[step].is_map()) return refuse(graph, step, "is no map: it has no items");
  if (*item >= limits::kItems) return refuse(graph, step, "can't have so many items");
  MapState& map = state.maps[step];
  if (map.has_begun && *item >= map.count) return refuse(graph, step, "has not so many items");
  if (map.places.size() <= *item) map.places.resize(*item + 1, kNoStep);
  StepIndex& place = map.places[*item];
  if (place != kNoStep) return place;
  place = static_cast<StepIndex>(state.steps.size());
  state.steps.emplace_back().generation = state.generation;
  state.items.push_back({step, *item});
  return place;
}

Result<void> fold_begun_map(const Graph& graph, RunState& state, StepIndex map, std::uint32_t count,
                            Time at) {
  const Step& definition = graph.steps[map];
  if (!definition.is_map() || count > limits::kItems || state.maps[map].places.size() > count) {
    return fail(ErrorCode::invalid, "step \"" + definition.key + "\" is no map of " + std::to_string(count) +
                                        " items: \"step.started\" can't follow");
  }
  const auto next = transition(definition.key, state.steps[map].phase, StepCause::start);
  if (!next) return std::unexpected(next.error());
  state.steps[map].phase = *next;
  state.steps[map].started_at = at;
  MapState& of = state.maps[map];
  of.has_begun = true;
  of.count = count;
  of.begun_at = at;
  for (std::uint32_t number = 0; number < count; ++number) {
    const auto place = make_place(graph, state, map, number);
    if (!place) return std::unexpected(place.error());
    state.steps[*place].ready_at = at;
  }
  open_items(graph, state, map, 0);
  end_map_behind_last(graph, state, map);
  return {};
}

void end_item(const Graph& graph, RunState& state, StepIndex place) {
  const StepIndex map = root_of(graph, state, place);
  MapState& of = state.maps[map];
  const Time at = state.steps[place].closed_at;
  const auto behind = of.ends.insert(std::ranges::upper_bound(of.ends, at), at);
  if (!of.has_begun) return;
  open_items(graph, state, map, static_cast<std::size_t>(behind - of.ends.begin()));
  end_map_behind_last(graph, state, map);
}

void restore_ends(RunState& state) {
  for (auto& [step, map] : state.maps) {
    map.ends.clear();
    for (const StepIndex place : map.places) {
      if (place != kNoStep && state.steps[place].settled) map.ends.push_back(state.steps[place].closed_at);
    }
    std::ranges::sort(map.ends);
  }
}

Result<Value> evaluate_list(const Graph& graph, const RunState& state, StepIndex map) {
  if (graph.steps[map].undoes != kNoStep) map = graph.steps[map].undoes;
  auto list = expression::evaluate(*graph.steps[map].for_each, RunContexts(graph, state, map));
  if (!list) return list;
  if (list->is_object()) {
    Array entries;
    for (const auto& member : list->get_object()) entries.push_back(make_entry(member));
    list = Value(std::move(entries));
  }
  if (!list->is_array()) {
    return fail(ErrorCode::invalid, "found " + std::string(name_kind(*list)) + ", expected a list or a map");
  }
  if (list->get_array().size() > limits::kItems) {
    return fail(ErrorCode::too_large, "found " + std::to_string(list->get_array().size()) +
                                          " items, expected at most " + std::to_string(limits::kItems));
  }
  return list;
}

void load_list(const Graph& graph, RunState& state, StepIndex place) {
  MapState& map = state.maps[root_of(graph, state, place)];
  if (map.list) return;
  if (auto list = evaluate_list(graph, state, root_of(graph, state, place)))
    map.list = std::make_shared<const Value>(*std::move(list));
}

}  // namespace callboard::run
