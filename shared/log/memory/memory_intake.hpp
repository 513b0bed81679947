#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryIntake final : public Intake {
 public:
  MemoryIntake(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void accept(Arrival arrival, Steady give_up, Done<Arrived> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
