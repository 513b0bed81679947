#include "shared/log/archive/remade.hpp"

#include <algorithm>

#include "shared/run/pinned.hpp"

namespace callboard::log {

Result<std::optional<HeadWrite>> remake_head(Definitions& definitions, const std::vector<run::Event>& events,
                                             const std::string& group, Partition partitions,
                                             const std::function<void(const LogProblem&)>& tell) {
  const RunId run = events.front().run;
  const auto created = run::find_created(events);
  if (!created) {
    tell({run, "d/0", created.error().message + ": its head row can't be made"});
    return std::nullopt;
  }
  const auto graph = definitions.load(created->hash);
  if (!graph && graph.error().code == ErrorCode::unavailable) return std::unexpected(graph.error());
  const auto folded = graph ? fold_head(**graph, *created, events, partitions)
                            : std::unexpected(LogProblem{run, "d/0", graph.error().message});
  if (!folded) {
    tell(folded.error());
    return HeadWrite{guess_head(*created, events, partitions), group, true};
  }
  HeadWrite head{*folded, group, false};
  // Events don't tell a run that waits for a place from one that needs none: its group does.
  const bool admitted =
      std::ranges::find(events, run::EventType::run_admitted, &run::Event::type) != events.end();
  if (!group.empty() && !admitted && !folded->closed_at) head.row.phase = run::RunPhase::pending;
  return head;
}

}  // namespace callboard::log
