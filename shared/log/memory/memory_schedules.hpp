#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemorySchedules final : public Schedules {
 public:
  MemorySchedules(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void keep(std::vector<Kept> workflows, Done<bool> done) override;
  void sweep(Done<bool> done) override;
  void read(std::vector<ScheduleKey> keys, Done<std::vector<ScheduleState>> done) override;
  void decide(std::vector<Decision> decisions, Done<std::vector<ScheduleKey>> done) override;
  void settle(std::vector<Settled> ticks, Done<bool> done) override;
  void starting(Micros age, int limit, Done<std::vector<Settled>> done) override;
  void ticks(std::string workflow, int limit, Done<std::vector<Settled>> done) override;

 private:
  bool is_current(const std::string& workflow, const std::string& hash) const;
  void end(const ScheduleKey& key);
  std::vector<Tick> open_ticks(const ScheduleKey& key);
  bool decide_one(const Decision& decision);
  void drop_oldest(const ScheduleKey& key);

  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
