#include "shared/log/memory/tables.hpp"

namespace callboard::log {

bool MemoryTables::lives(const Incarnation& member) const {
  const auto life = members.find(member);
  return life != members.end() && life->second.until > clock.now() && locks.contains(member);
}

std::vector<Pause> MemoryTables::list_pauses() const {
  std::vector<Pause> out;
  out.reserve(pauses.size());
  for (const auto& [key, pause] : pauses) out.push_back(pause);
  return out;
}

void MemoryTables::tell(const RunId& run) { inbox[{partition_of(run, partitions), ++last_inbox}] = run; }

Appended MemoryTables::insert(run::Event event) {
  const EventKey key(event.run, event.key);
  const auto found = events.find(key);
  if (found != events.end()) return {found->second.writer == event.writer, found->second};
  event.position = ++last_position;
  event.at = clock.now();
  positions.emplace(event.position, key);
  return {true, events.emplace(key, std::move(event)).first->second};
}

void MemoryTables::wake_oldest(const std::string& group) {
  if (group.empty()) return;
  for (const auto& [run, head] : heads) {
    if (head.group != group || head.phase != run::RunPhase::pending) continue;
    if (head.lacks == Lacks::turn && head.turn_at > clock.now()) continue;
    tell(run);
    return;
  }
}

void MemoryTables::wake_first(const std::string& rate, Time due) {
  if (rate.empty()) return;
  for (const auto& [run, head] : heads) {
    if (head.rate != rate || head.phase != run::RunPhase::pending || head.lacks == Lacks::place) continue;
    if (head.lacks == Lacks::turn && head.turn_at > due) tell(run);
    return;
  }
}

void MemoryTables::leave_group(const RunId& run, const Head& head) {
  if (head.group.empty()) return;
  std::erase_if(slots[head.group], [&](const auto& place) { return place.second == run; });
  wake_oldest(head.group);
}

void MemoryTables::leave_rate(const Head& head, bool waited) {
  if (waited) wake_first(head.rate, Time::min());
}

}  // namespace callboard::log
