#include "shared/log/memory/memory_slots.hpp"

#include "shared/log/memory/memory_events.hpp"

namespace callboard::log {
namespace {

std::optional<std::uint32_t> find_free(const std::map<std::uint32_t, RunId>& places, std::uint32_t limit) {
  for (std::uint32_t k = 0; k < limit; ++k) {
    if (!places.contains(k)) return k;
  }
  return std::nullopt;
}

Result<bool> admit_one(MemoryTables& tables, const Slots::Place& place, const Append& decision) {
  if (auto checked = check_append(decision); !checked) return std::unexpected(checked.error());
  const auto stored = tables.events.find({decision.run, decision.key});
  if (stored != tables.events.end()) {
    if (stored->second.writer == decision.writer) return true;
    return fail(ErrorCode::conflict, "another decision stands under " + decision.key);
  }
  auto& places = tables.slots[place.group];
  const auto k = find_free(places, place.limit);
  if (!k) return false;
  places[*k] = place.run;
  append_row(tables, decision);
  const auto head = tables.heads.find(place.run);
  if (head != tables.heads.end()) {
    head->second.phase = run::RunPhase::running;
    head->second.group = place.group;
  }
  if (find_free(places, place.limit)) tables.wake_oldest(place.group);
  return true;
}

}  // namespace

void MemorySlots::admit(Place place, Append decision, Done<bool> done) {
  const std::size_t bytes = decision.data.size() + decision.key.size();
  const auto transaction = [this, place = std::move(place), decision = std::move(decision)] {
    return admit_one(tables_, place, decision);
  };
  calls_.run_held<bool>(CallKind::admit, bytes, std::nullopt, transaction, std::move(done));
}

void MemorySlots::queue(const RunId& run, std::string group, Done<bool> done) {
  const auto transaction = [this, run, group = std::move(group)]() -> Result<bool> {
    const auto head = tables_.heads.find(run);
    if (head == tables_.heads.end() || head->second.closed_at) return false;
    for (const auto& [k, holder] : tables_.slots[group]) {
      if (holder == run) return false;
    }
    head->second.group = group;
    head->second.phase = run::RunPhase::pending;
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

}  // namespace callboard::log
