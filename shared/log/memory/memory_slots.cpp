#include "shared/log/memory/memory_slots.hpp"

#include <algorithm>

#include "shared/log/memory/memory_events.hpp"

namespace callboard::log {
namespace {

using Admitted = std::optional<run::Event>;
using Places = std::map<std::uint32_t, RunId>;

std::vector<std::uint32_t> find_free(const Places& places, std::uint32_t limit) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t k = 0; k < limit; ++k) {
    if (!places.contains(k)) out.push_back(k);
  }
  return out;
}

bool is_free_for(const MemoryTables& tables, const Slots::Place& place, std::size_t free) {
  const auto older = std::ranges::count_if(tables.heads, [&](const auto& entry) {
    const auto& [run, head] = entry;
    return run < place.run && head.group == place.group && head.phase == run::RunPhase::pending;
  });
  return free > static_cast<std::size_t>(older);
}

void wait(MemoryTables& tables, const Slots::Place& place) {
  const auto head = tables.heads.find(place.run);
  if (head != tables.heads.end() && !head->second.closed_at) {
    head->second.phase = run::RunPhase::pending;
    head->second.group = place.group;
  }
}

Result<Admitted> admit_one(MemoryTables& tables, const Slots::Place& place, const Append& decision) {
  if (auto checked = check_append(tables, decision); !checked) return std::unexpected(checked.error());
  const auto stored = tables.events.find({decision.run, decision.key});
  if (stored != tables.events.end()) {
    if (stored->second.writer == decision.writer) return stored->second;
    return fail(ErrorCode::conflict, "another decision stands under " + decision.key);
  }
  Places& places = tables.slots[place.group];
  const auto free = find_free(places, place.limit);
  if (!is_free_for(tables, place, free.size())) {
    wait(tables, place);
    return Admitted();
  }
  places[free.front()] = place.run;
  append_row(tables, decision);
  const auto head = tables.heads.find(place.run);
  if (head != tables.heads.end()) {
    head->second.phase = run::RunPhase::running;
    head->second.group = place.group;
  }
  tables.tell(place.run);
  if (free.size() > 1) tables.wake_oldest(place.group);
  return tables.events.at({decision.run, decision.key});
}

bool stand_one_aside(MemoryTables& tables, const Incarnation& holder, const RunId& run) {
  const auto head = tables.heads.find(run);
  if (head == tables.heads.end() || head->second.closed_at || head->second.group.empty()) return false;
  const auto lease = tables.leases.find(head->second.partition);
  const bool is_holder = lease != tables.leases.end() && lease->second == holder;
  if (head->second.phase != run::RunPhase::pending || !is_holder) return false;
  head->second.phase = run::RunPhase::paused;
  tables.wake_oldest(head->second.group);
  return true;
}

}  // namespace

void MemorySlots::admit(Place place, Append decision, Done<Admitted> done) {
  const std::size_t bytes = decision.data.size() + decision.key.size();
  const auto transaction = [this, place = std::move(place), decision = std::move(decision)] {
    return admit_one(tables_, place, decision);
  };
  calls_.run_held<Admitted>(CallKind::admit, bytes, std::nullopt, transaction, std::move(done));
}

void MemorySlots::stand_aside(const Incarnation& holder, const RunId& run, Done<bool> done) {
  const auto transaction = [this, holder, run]() -> Result<bool> {
    return stand_one_aside(tables_, holder, run);
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemorySlots::standing(std::string group, int limit, Done<std::vector<Standing>> done) {
  const auto read = [this, group = std::move(group), limit]() -> Result<std::vector<Standing>> {
    std::vector<Standing> out;
    for (auto entry = tables_.heads.rbegin(); entry != tables_.heads.rend(); ++entry) {
      if (entry->second.group != group || entry->second.closed_at) continue;
      const auto& places = tables_.slots[group];
      out.push_back({entry->first, std::ranges::any_of(places, [&](const auto& place) {
                       return place.second == entry->first;
                     })});
      if (out.size() == static_cast<std::size_t>(limit)) break;
    }
    return out;
  };
  calls_.run<std::vector<Standing>>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
