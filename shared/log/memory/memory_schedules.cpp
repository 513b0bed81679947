#include "shared/log/memory/memory_schedules.hpp"

#include <algorithm>

namespace callboard::log {
namespace {

bool is_settled(const Tick& tick) { return tick.outcome >= TickOutcome::ended; }

}  // namespace

bool MemorySchedules::is_current(const std::string& workflow, const std::string& hash) const {
  const auto named = tables_.current.find(workflow);
  return named != tables_.current.end() && named->second.hash == hash;
}

void MemorySchedules::end(const ScheduleKey& key) {
  tables_.schedules.erase(key);
  for (auto& [at, tick] : tables_.ticks[key]) {
    if (tick.outcome != TickOutcome::waiting) continue;
    tick.outcome = TickOutcome::skipped;
    tick.detail = kScheduleEnded;
  }
}

void MemorySchedules::keep(std::vector<Kept> workflows, Done<bool> done) {
  const auto transaction = [this, workflows = std::move(workflows)]() -> Result<bool> {
    for (const Kept& kept : workflows) {
      if (!is_current(kept.workflow, kept.hash)) continue;
      std::vector<ScheduleKey> gone;
      for (const auto& [key, row] : tables_.schedules) {
        if (key.workflow == kept.workflow && std::ranges::count(kept.ids, key.id) == 0) gone.push_back(key);
      }
      for (const ScheduleKey& key : gone) end(key);
      for (const std::string& id : kept.ids)
        tables_.schedules.try_emplace({kept.workflow, id}, MemoryTables::ScheduleRow{0, tables_.clock.now()});
    }
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemorySchedules::sweep(Done<bool> done) {
  const auto transaction = [this]() -> Result<bool> {
    std::vector<ScheduleKey> gone;
    for (const auto& [key, row] : tables_.schedules) {
      if (!tables_.current.contains(key.workflow)) gone.push_back(key);
    }
    for (const ScheduleKey& key : gone) end(key);
    const Time oldest = tables_.clock.now() - limits::kTickAge;
    for (auto& [key, ticks] : tables_.ticks)
      std::erase_if(ticks, [&](const auto& row) { return row.first < oldest && is_settled(row.second); });
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

std::vector<Tick> MemorySchedules::open_ticks(const ScheduleKey& key) {
  std::vector<Tick> open;
  for (auto& [at, tick] : tables_.ticks[key]) {
    if (tick.outcome == TickOutcome::started) {
      const auto head = tables_.heads.find(*tick.run);
      if (head == tables_.heads.end() || head->second.closed_at) tick.outcome = TickOutcome::ended;
    }
    if (!is_settled(tick)) open.push_back(tick);
  }
  return open;
}

void MemorySchedules::read(std::vector<ScheduleKey> keys, Done<std::vector<ScheduleState>> done) {
  const auto transaction = [this, keys = std::move(keys)]() -> Result<std::vector<ScheduleState>> {
    std::vector<ScheduleState> out;
    for (const ScheduleKey& key : keys) {
      const auto row = tables_.schedules.find(key);
      if (row != tables_.schedules.end())
        out.push_back({key, row->second.serial, row->second.considered, open_ticks(key)});
    }
    return out;
  };
  calls_.run<std::vector<ScheduleState>>(CallKind::read, transaction, std::move(done));
}

void MemorySchedules::drop_oldest(const ScheduleKey& key) {
  auto& ticks = tables_.ticks[key];
  for (auto tick = ticks.begin(); tick != ticks.end() && std::ssize(ticks) > limits::kTicksKept;)
    tick = is_settled(tick->second) ? ticks.erase(tick) : std::next(tick);
}

bool MemorySchedules::decide_one(const Decision& decision) {
  const auto row = tables_.schedules.find(decision.key);
  if (row == tables_.schedules.end() || row->second.serial != decision.serial) return false;
  if (!is_current(decision.key.workflow, decision.hash)) return false;
  row->second = {decision.serial + 1, decision.considered};
  for (const Tick& tick : decision.ticks) {
    Tick& stored = tables_.ticks[decision.key].try_emplace(tick.at, tick).first->second;
    stored.outcome = tick.outcome;
    stored.definition = tick.definition;
    stored.detail = tick.detail;
    stored.decided_at = tables_.clock.now();
  }
  drop_oldest(decision.key);
  return true;
}

void MemorySchedules::decide(std::vector<Decision> decisions, Done<std::vector<ScheduleKey>> done) {
  const auto transaction = [this, decisions = std::move(decisions)]() -> Result<std::vector<ScheduleKey>> {
    std::vector<ScheduleKey> stand;
    for (const Decision& decision : decisions) {
      if (decide_one(decision)) stand.push_back(decision.key);
    }
    return stand;
  };
  calls_.run<std::vector<ScheduleKey>>(CallKind::other, transaction, std::move(done));
}

void MemorySchedules::settle(std::vector<Settled> settled, Done<bool> done) {
  const auto transaction = [this, settled = std::move(settled)]() -> Result<bool> {
    for (const auto& [key, tick] : settled) {
      const auto stored = tables_.ticks[key].find(tick.at);
      if (stored == tables_.ticks[key].end() || stored->second.outcome != TickOutcome::starting) continue;
      stored->second.outcome = tick.outcome;
      stored->second.run = tick.run;
      stored->second.detail = tick.detail;
    }
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemorySchedules::starting(Micros age, int limit, Done<std::vector<Settled>> done) {
  const auto read = [this, age, limit]() -> Result<std::vector<Settled>> {
    std::vector<Settled> out;
    for (const auto& [key, ticks] : tables_.ticks) {
      for (const auto& [at, tick] : ticks) {
        if (tick.outcome == TickOutcome::starting && tick.decided_at <= tables_.clock.now() - age)
          out.push_back({key, tick});
      }
    }
    std::ranges::sort(out, {}, [](const Settled& one) { return std::pair(one.tick.decided_at, one.key); });
    if (std::ssize(out) > limit) out.resize(static_cast<std::size_t>(limit));
    return out;
  };
  calls_.run<std::vector<Settled>>(CallKind::read, read, std::move(done));
}

void MemorySchedules::ticks(std::string workflow, int limit, Done<std::vector<Settled>> done) {
  const auto read = [this, workflow = std::move(workflow), limit]() -> Result<std::vector<Settled>> {
    std::vector<Settled> out;
    for (const auto& [key, ticks] : tables_.ticks) {
      if (key.workflow != workflow) continue;
      for (const auto& [at, tick] : ticks) out.push_back({key, tick});
    }
    std::ranges::sort(out, std::greater(),
                      [](const Settled& one) { return std::pair(one.tick.at, one.key); });
    if (std::ssize(out) > limit) out.resize(static_cast<std::size_t>(limit));
    return out;
  };
  calls_.run<std::vector<Settled>>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
