#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemorySlots final : public Slots {
 public:
  MemorySlots(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void admit(Place place, Append decision, Done<bool> done) override;
  void queue(const RunId& run, std::string group, Done<bool> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
