#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemorySlots final : public Slots {
 public:
  MemorySlots(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void admit(Place place, Append decision, Done<Admitted> done) override;
  void stand_aside(const Incarnation& holder, const RunId& run, std::string unless, Done<bool> done) override;
  void leave_turns(const RunId& run, const std::vector<std::string>& keep, Done<bool> done) override;
  void standing(std::string group, int limit, Done<std::vector<Standing>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
