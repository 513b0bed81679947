#include "tests/sim/people.hpp"

#include <algorithm>

#include "shared/run/fold.hpp"
#include "shared/run/items.hpp"
#include "shared/run/listening.hpp"
#include "shared/run/migration.hpp"
#include "shared/run/opening.hpp"
#include "shared/run/waiting.hpp"
#include "shared/value/read.hpp"

namespace callboard::test {
namespace {

constexpr std::uint32_t kGenerations = 4;  // a run is not begun anew for ever

run::HeardEvent heard_event(const log::Delivery& delivery) {
  return {.delivery = delivery.id,
          .source = delivery.source,
          .event = delivery.event,
          .at = delivery.at,
          .payload = std::make_shared<const Value>(*read_json(delivery.body))};
}

}  // namespace

std::optional<run::RunState> People::look(const RunId& run) const {
  const run::Graph& graph = *house_.graphs.at(house_.tables.heads.at(run).hash);
  run::RunState state = run::make_state(graph, run);
  if (!run::fold_all(graph, state, house_.events_of(run))) return std::nullopt;
  return state;
}

std::vector<DeliveryId> People::owed_to(const run::RunState& state, const std::string& target) const {
  const run::Graph& graph = *house_.graphs.at(house_.tables.heads.at(state.id).hash);
  std::vector<DeliveryId> owed;
  for (const auto& [id, delivery] : house_.tables.deliveries) {
    if (run::hear(graph, state, target, heard_event(delivery)) == run::Hearing::takes) owed.push_back(id);
  }
  return owed;
}

bool People::is_owed(const run::RunState& state) const {
  return std::ranges::any_of(house_.tables.listeners, [&](const auto& entry) {
    const log::Listeners::Name& name = entry.first.name;
    return name.run == state.id && !owed_to(state, name.target).empty();
  });
}

std::string People::meddle(SimDispatcher& dispatcher) {
  if (house_.tables.heads.empty()) return {};
  auto head = house_.tables.heads.begin();
  std::advance(head, static_cast<std::ptrdiff_t>(random_.below(house_.tables.heads.size())));
  const auto state = look(head->first);
  if (!state) return {};
  const run::Graph& graph = *house_.graphs.at(head->second.hash);
  const std::string asked = run::is_closed(state->phase) ? ask_closed(dispatcher, graph, *state)
                                                         : ask_open(dispatcher, graph, *state);
  return asked.empty() ? asked : asked + " " + to_string(head->first);
}

std::string People::ask_open(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state) {
  if (state.created.needs_approval && random_.chance(40)) {
    dispatcher.command(state.id, {.name = "approve", .actor = "somebody", .generation = state.generation});
    return "approve";
  }
  if (state.phase == run::RunPhase::paused && random_.chance(80)) return migrate(dispatcher, graph, state);
  const std::uint64_t dice = random_.below(100);
  if (dice < 25) {
    dispatcher.command(state.id, {.name = "cancel", .actor = "somebody", .generation = state.generation});
    return "cancel";
  }
  if (dice < 55) {
    dispatcher.command(state.id, {.name = "pause", .actor = "somebody", .generation = state.generation});
    return "pause";
  }
  if (dice < 75) {
    dispatcher.command(state.id, {.name = "resume", .actor = "somebody", .generation = state.generation});
    return "resume";
  }
  if (dice < 80) return ask_closed(dispatcher, graph, state);
  if (dice < 90 && answer(dispatcher, graph, state)) return "answer";
  dispatcher.signal(state.id, random_.chance(80) ? "go" : "stop");
  return "signal";
}

/// To the other definition of its workflow, where its history allows it.
std::string People::migrate(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state) {
  const auto is_other = [&](const auto& known) {
    return known.second->slug == graph.slug && known.second->hash != graph.hash;
  };
  const auto other = std::ranges::find_if(house_.graphs, is_other);
  if (other == house_.graphs.end()) return {};
  const auto differences =
      run::compare_definitions(graph, *other->second, state.id, house_.events_of(state.id), nullptr);
  if (std::ranges::any_of(differences, &run::Difference::forbids)) return {};
  dispatcher.migrate(state.id, state.decisions, *other->second);
  return "migrate";
}

std::string People::meddle_with_all(SimDispatcher& dispatcher) {
  const auto& standing = house_.tables.pauses;
  if (!standing.empty() && random_.chance(60)) {
    auto pause = standing.begin();
    std::advance(pause, static_cast<std::ptrdiff_t>(random_.below(standing.size())));
    const auto [scope, name] = pause->first;
    dispatcher.lift(scope, name);
    return "lift " + scope + " " + name;
  }
  if (random_.chance(20)) {
    dispatcher.pause("all");
    return "pause all";
  }
  if (random_.chance(30)) {
    dispatcher.pause("source", "github");
    return "pause source github";
  }
  auto graph = house_.graphs.begin();
  std::advance(graph, static_cast<std::ptrdiff_t>(random_.below(house_.graphs.size())));
  dispatcher.pause("workflow", graph->second->slug);
  return "pause workflow " + graph->second->slug;
}

/// Twice now and then: the second is meant for a generation that is over.
std::string People::ask_closed(SimDispatcher& dispatcher, const run::Graph& graph,
                               const run::RunState& state) {
  if (state.generation >= kGenerations || random_.chance(50)) return {};
  run::Command command{.name = "retry", .actor = "somebody", .generation = state.generation};
  if (random_.chance(40)) {
    command.name = "rewind";
    for (const run::Step& step : graph.steps) {
      if (random_.chance(60)) command.keep.push_back(step.key);
    }
  }
  dispatcher.command(state.id, command);
  if (random_.chance(30)) dispatcher.command(state.id, command);
  return command.name;
}

bool People::answer(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state) {
  static const char* const kAnswers[] = {"retry", "fail", "complete"};
  for (run::StepIndex step = 0; step < state.steps.size(); ++step) {
    if (state.steps[step].phase != run::StepPhase::asking) continue;
    run::Command command{.name = "answer", .actor = "somebody", .generation = state.generation};
    command.step = run::key_of(graph, state, step);
    command.attempt = state.steps[step].attempt;
    command.answer = kAnswers[random_.below(3)];
    dispatcher.command(state.id, command);
    return true;
  }
  return false;
}

void People::help(SimDispatcher& dispatcher) {
  for (const auto& [key, pause] : house_.tables.pauses) dispatcher.lift(pause.scope, pause.name);
  for (const auto& [id, head] : house_.tables.heads) {
    if (head.closed_at) continue;
    auto state = look(id);
    if (!state) continue;
    state->workers_stopped = true;  // what cleans up may wait too
    const run::Graph& graph = *house_.graphs.at(head.hash);
    run::open_what_may_begin(graph, *state);
    if (state->paused.by_person)
      dispatcher.command(id, {.name = "resume", .actor = "somebody", .generation = state->generation});
    if (state->created.needs_approval)
      dispatcher.command(id, {.name = "approve", .actor = "somebody", .generation = state->generation});
    const auto waits = is_owed(*state) ? std::vector<run::Waiting>() : run::waiting_for(graph, *state);
    for (const run::Waiting& waiting : waits) {
      if (waiting.kind == run::WaitKind::signal) dispatcher.signal(id, "go");
      if (waiting.kind == run::WaitKind::event)
        dispatcher.deliver("push", R"({"to":")" + to_string(id) + "\"}");
    }
    answer(dispatcher, graph, *state);
  }
}

}  // namespace callboard::test
