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
  HeadWrite out{.row = {}, .group = group, .rate = created->rate};
  for (const run::Event& event : events) {
    if (event.type == run::EventType::run_admitted) out.admissions.push_back(event.at);
  }
  const auto graph = definitions.load(created->hash);
  if (!graph && graph.error().code == ErrorCode::unavailable) return std::unexpected(graph.error());
  const auto folded = graph ? fold_head(**graph, *created, events, partitions)
                            : std::unexpected(LogProblem{run, "d/0", graph.error().message});
  if (!folded) {
    tell(folded.error());
    out.row = guess_head(*created, events, partitions);
    out.is_guess = true;
    return out;
  }
  out.row = *folded;
  return out;
}

}  // namespace callboard::log
