#include "shared/log/memory/memory_slots.hpp"

#include <algorithm>
#include <set>

#include "shared/log/memory/memory_events.hpp"

namespace callboard::log {
namespace {

using Admitted = Slots::Admitted;
using Lacks = MemoryTables::Lacks;
using Places = std::map<std::uint32_t, RunId>;

std::uint32_t first_free(const Places& places) {
  std::uint32_t k = 0;
  while (places.contains(k)) ++k;
  return k;
}

/// Older runs that wait and are asked for by `is_ahead`.
template <typename IsAhead>
std::size_t count_older(const MemoryTables& tables, const RunId& run, IsAhead is_ahead) {
  return static_cast<std::size_t>(std::ranges::count_if(tables.heads, [&](const auto& entry) {
    const auto& [other, head] = entry;
    return other < run && head.phase == run::RunPhase::pending && is_ahead(head);
  }));
}

bool is_free_for(const MemoryTables& tables, const Slots::Place& place, std::size_t free) {
  return free > count_older(tables, place.run, [&](const MemoryTables::Head& head) {
           const bool lacks_turn = head.lacks == Lacks::turn && head.turn_at > tables.clock.now();
           return head.group == place.group && !lacks_turn;
         });
}

/// When somebody behind `ahead` others has a turn; nothing: now. The turns to come are those of a span later,
/// again and again.
std::optional<Time> turn_time(const MemoryTables& tables, const run::Rate& rate, std::size_t ahead) {
  const Time now = tables.clock.now();
  std::vector<Time> taken;
  if (const auto turns = tables.turns.find(rate.name); turns != tables.turns.end()) {
    for (const auto& turn : turns->second) {
      if (turn.at > now - rate.per) taken.push_back(turn.at);
    }
  }
  if (taken.size() > rate.limit) taken.erase(taken.begin(), taken.end() - rate.limit);
  const std::size_t nth = taken.size() + ahead;
  if (nth < rate.limit) return std::nullopt;
  const std::size_t of = nth % rate.limit;
  return (of < taken.size() ? taken[of] : now) + static_cast<std::int64_t>(nth / rate.limit) * rate.per;
}

/// How many older ones wait for a turn too.
std::size_t count_ahead(const MemoryTables& tables, const Slots::Place& place) {
  return std::min(count_older(tables, place.run,
                              [&](const MemoryTables::Head& head) {
                                return head.rate == place.rate->name && head.lacks != Lacks::place;
                              }),
                  std::size_t{limits::kTurnsAhead});
}

/// Others go first where it can't.
void wait(MemoryTables& tables, const Slots::Place& place, bool has_place, std::optional<Time> turn_at) {
  const auto head = tables.heads.find(place.run);
  if (head == tables.heads.end() || head->second.closed_at) return;
  head->second.phase = run::RunPhase::pending;
  head->second.group = place.group;
  head->second.rate = place.rate ? place.rate->name : std::string();
  head->second.lacks = has_place ? Lacks::turn : Lacks::place;
  head->second.turn_at = has_place ? *turn_at : Time{};
  head->second.places = place.limit;
  if (has_place) return tables.wake_oldest(place.group);
  if (!turn_at) tables.wake_first(head->second.rate, tables.clock.now());
}

void take_turn(MemoryTables& tables, const run::Rate& rate, const RunId& run) {
  const Time now = tables.clock.now();
  auto& turns = tables.turns[rate.name];
  turns.push_back({now, now + rate.per, run});
  std::erase_if(turns, [&](const auto& turn) { return turn.at <= now - rate.per && turn.until <= now; });
}

/// Throttles of steps are others than those of runs, whatever their names.
std::string name_for_steps(const std::string& name) { return "step " + name; }

/// Steps wait by their runs, in a queue of their own.
Admitted admit_step(MemoryTables& tables, const Slots::Place& place, const Append& decision) {
  run::Rate rate = *place.rate;
  rate.name = name_for_steps(rate.name);
  const Time now = tables.clock.now();
  auto& queue = tables.step_waits[rate.name];
  std::erase_if(queue, [&](const auto& wait) {
    return wait.run != place.run && wait.turn_at + limits::kTurnGrace < now;
  });
  auto own = std::ranges::find(queue, place.run, &MemoryTables::StepWait::run);
  const auto ahead = static_cast<std::size_t>(own - queue.begin());
  const auto turn_at = turn_time(tables, rate, std::min(ahead, std::size_t{limits::kTurnsAhead}));
  if (turn_at) {
    if (own == queue.end()) own = queue.insert(queue.end(), {now, place.run, *turn_at});
    own->turn_at = *turn_at;
  } else {
    if (own != queue.end()) queue.erase(own);
    take_turn(tables, rate, place.run);
    append_row(tables, decision);
  }
  tables.wake_first_step(rate.name, turn_time(tables, rate, 0).value_or(now));
  if (turn_at) return {{}, turn_at};
  return {tables.events.at({decision.run, decision.key}), {}};
}

void take(MemoryTables& tables, const Slots::Place& place) {
  if (!place.group.empty()) {
    Places& places = tables.slots[place.group];
    places.emplace(first_free(places), place.run);
  }
  if (place.rate) take_turn(tables, *place.rate, place.run);
  const auto head = tables.heads.find(place.run);
  if (head == tables.heads.end()) return;
  head->second.phase = run::RunPhase::running;
  head->second.group = place.group;
  head->second.rate = place.rate ? place.rate->name : std::string();
  head->second.lacks = Lacks::unknown;
  head->second.places.reset();
}

Result<Admitted> admit_one(MemoryTables& tables, const Slots::Place& place, const Append& decision) {
  if (auto checked = check_append(tables, decision); !checked) return std::unexpected(checked.error());
  const auto stored = tables.events.find({decision.run, decision.key});
  if (stored != tables.events.end()) {
    if (stored->second.writer == decision.writer) return Admitted{stored->second, {}};
    return fail(ErrorCode::conflict, "another decision stands under " + decision.key);
  }
  if (place.of_step) return admit_step(tables, place, decision);
  const bool needs_place = !place.group.empty();
  const std::size_t held = needs_place ? tables.slots[place.group].size() : 0;
  const bool has_place =
      !needs_place || (place.limit > held && is_free_for(tables, place, place.limit - held));
  const auto turn_at =
      place.rate ? turn_time(tables, *place.rate, count_ahead(tables, place)) : std::optional<Time>();
  if (!has_place || turn_at) {
    wait(tables, place, has_place, turn_at);
    return Admitted{{}, has_place ? turn_at : std::nullopt};
  }
  take(tables, place);
  append_row(tables, decision);
  tables.tell(place.run);
  tables.wake_oldest(place.group);
  if (place.rate) {
    const Time now = tables.clock.now();
    tables.wake_first(place.rate->name, turn_time(tables, *place.rate, 0).value_or(now));
  }
  return Admitted{tables.events.at({decision.run, decision.key}), {}};
}

bool stand_one_aside(MemoryTables& tables, const Incarnation& holder, const RunId& run) {
  const auto head = tables.heads.find(run);
  if (head == tables.heads.end() || head->second.closed_at) return false;
  if (head->second.group.empty() && head->second.rate.empty()) return false;
  const auto lease = tables.leases.find(head->second.partition);
  const bool is_holder = lease != tables.leases.end() && lease->second == holder;
  if (head->second.phase != run::RunPhase::pending || !is_holder) return false;
  head->second.phase = run::RunPhase::paused;
  head->second.lacks = Lacks::unknown;
  tables.wake_oldest(head->second.group);
  tables.wake_first(head->second.rate, Time::min());
  return true;
}

bool leave_queues(MemoryTables& tables, const RunId& run, const std::set<std::string>& keep) {
  bool has_left = false;
  for (auto& [name, queue] : tables.step_waits) {
    if (keep.contains(name) || std::erase_if(queue, [&](const auto& wait) { return wait.run == run; }) == 0)
      continue;
    tables.wake_first_step(name, Time::min());
    has_left = true;
  }
  return has_left;
}

}  // namespace

void MemorySlots::admit(Place place, Append decision, Done<Admitted> done) {
  const std::size_t bytes = decision.data.size() + decision.key.size();
  const auto transaction = [this, place = std::move(place), decision = std::move(decision)] {
    return admit_one(tables_, place, decision);
  };
  calls_.run_held<Admitted>(CallKind::admit, bytes, std::nullopt, transaction, std::move(done));
}

void MemorySlots::stand_aside(const Incarnation& holder, const RunId& run, std::string unless,
                              Done<bool> done) {
  const auto transaction = [this, holder, run, unless = std::move(unless)]() -> Result<bool> {
    if (tables_.events.contains({run, unless})) return false;
    return stand_one_aside(tables_, holder, run);
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemorySlots::leave_turns(const RunId& run, const std::vector<std::string>& keep, Done<bool> done) {
  std::set<std::string> names;
  for (const std::string& name : keep) names.insert(name_for_steps(name));
  const auto transaction = [this, run, names = std::move(names)]() -> Result<bool> {
    return leave_queues(tables_, run, names);
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
