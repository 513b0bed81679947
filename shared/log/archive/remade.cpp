#include "shared/log/archive/remade.hpp"

#include <algorithm>

#include "shared/run/children.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/pinned.hpp"

namespace callboard::log {
namespace {

/// In which it needs a place of its own: a child that stands on its parent's needs none until it is rewound.
std::string group_of(const run::Created& created, const std::vector<run::Event>& events,
                     const std::string& known_group) {
  if (!created.group) return known_group;
  const bool is_rewound =
      std::ranges::find(events, run::EventType::run_rewound, &run::Event::type) != events.end();
  return run::needs_place(created, is_rewound ? 2 : 1) ? created.group->name : std::string();
}

constexpr std::string_view kOfSteps = "step ";  // as admit_step() names them

/// Without a graph, those of the run alone.
std::vector<HeadWrite::Turn> find_turns(const run::Graph* graph, const run::Created& created,
                                        const std::vector<run::Event>& events) {
  std::vector<HeadWrite::Turn> out;
  for (const run::Event& event : events) {
    if (event.type == run::EventType::run_admitted && created.rate)
      out.push_back({created.rate->name, event.at, event.at + created.rate->per});
    if (event.type != run::EventType::step_admitted || graph == nullptr) continue;
    const auto list = run::decode_decisions(*graph, event.data);
    if (!list || !list->back().rate) continue;
    const run::Rate& rate = *list->back().rate;
    out.push_back({std::string(kOfSteps) + rate.name, event.at, event.at + rate.per});
  }
  return out;
}

}  // namespace

Result<std::optional<HeadWrite>> remake_head(Definitions& definitions, const std::vector<run::Event>& events,
                                             const std::string& known_group, Partition partitions,
                                             const std::function<void(const LogProblem&)>& tell) {
  const RunId run = events.front().run;
  const auto created = run::find_created(events);
  if (!created) {
    tell({run, "d/0", created.error().message + ": its head row can't be made"});
    return std::nullopt;
  }
  const std::string group = group_of(*created, events, known_group);
  const auto graph = definitions.load(created->hash);
  if (!graph && graph.error().code == ErrorCode::unavailable) return std::unexpected(graph.error());
  HeadWrite out{.row = {}, .group = group, .rate = created->rate};
  out.turns = find_turns(graph ? graph->get() : nullptr, *created, events);
  const auto folded = graph ? fold_head(**graph, *created, events, partitions)
                            : std::unexpected(LogProblem{run, "d/0", graph.error().message});
  if (!folded) {
    tell(folded.error());
    out.row = guess_head(*created, events, partitions);
    out.is_guess = true;
    return out;
  }
  out.row = *folded;
  // Who waits for an approval wants no place and no turn yet: no other phase that a fold comes to is
  // `waiting`.
  if (folded->phase == run::RunPhase::waiting) {
    out.group.clear();
    out.rate.reset();
  }
  return out;
}

}  // namespace callboard::log
