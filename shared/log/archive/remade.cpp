#include "shared/log/archive/remade.hpp"

#include <algorithm>

#include "shared/run/children.hpp"
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
  const auto folded = graph ? fold_head(**graph, *created, events, partitions)
                            : std::unexpected(LogProblem{run, "d/0", graph.error().message});
  if (!folded) {
    tell(folded.error());
    return HeadWrite{guess_head(*created, events, partitions), group, true};
  }
  return HeadWrite{*folded, group, false};
}

}  // namespace callboard::log
