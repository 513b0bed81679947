#include "shared/log/archive/remade.hpp"

#include "shared/run/pinned.hpp"

namespace callboard::log {

Result<std::optional<HeadWrite>> remake_head(Definitions& definitions, const std::vector<run::Event>& events,
                                             const std::string& known_group, Partition partitions,
                                             const std::function<void(const LogProblem&)>& tell) {
  const RunId run = events.front().run;
  const auto created = run::find_created(events);
  if (!created) {
    tell({run, "d/0", created.error().message + ": its head row can't be made"});
    return std::nullopt;
  }
  const std::string group = created->group ? created->group->name : known_group;
  const auto graph = definitions.load(created->hash);
  if (!graph && graph.error().code == ErrorCode::unavailable) return std::unexpected(graph.error());
  const auto folded = graph ? fold_head(**graph, *created, events, partitions)
                            : std::unexpected(LogProblem{run, "d/0", graph.error().message});
  if (!folded) {
    tell(folded.error());
    return HeadWrite{guess_head(*created, events, partitions), group, created->labels, true};
  }
  return HeadWrite{*folded, group, created->labels, false};
}

}  // namespace callboard::log
