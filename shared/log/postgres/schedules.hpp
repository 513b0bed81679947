#pragma once

#include "shared/log/postgres/readers.hpp"
#include "shared/log/schedules.hpp"

namespace callboard::log {

class PostgresSchedules final : public Schedules {
 public:
  explicit PostgresSchedules(Readers& readers) : readers_(readers) {}

  void keep(std::vector<Kept> workflows, Done<bool> done) override;
  void sweep(Done<bool> done) override;
  void read(std::vector<ScheduleKey> keys, Done<std::vector<ScheduleState>> done) override;
  void decide(std::vector<Decision> decisions, Done<std::vector<ScheduleKey>> done) override;
  void settle(std::vector<Settled> ticks, Done<bool> done) override;
  void starting(Micros age, int limit, Done<std::vector<Settled>> done) override;
  void ticks(std::string workflow, int limit, Done<std::vector<Settled>> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
