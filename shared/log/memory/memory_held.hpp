#pragma once

#include "shared/log/held.hpp"
#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryHeld final : public Held {
 public:
  MemoryHeld(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void claim(int limit, Done<std::vector<Group>> done) override;
  void read(std::int64_t group, Done<std::vector<Part>> done) override;
  void list(std::string workflow, int limit, Done<Listed> done) override;
  void find(const DeliveryId& delivery, Done<std::vector<Group>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

/// Parts of an arrival's transaction.
void hold_event(MemoryTables& tables, const Delivery& delivery, const HeldStart& start);
void fire_group(MemoryTables& tables, const FiredGroup& fired);

}  // namespace callboard::log
