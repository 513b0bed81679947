#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"
#include "shared/log/run_ends.hpp"

namespace callboard::log {

class MemoryRunEnds final : public RunEnds {
 public:
  MemoryRunEnds(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void listen(std::vector<std::string> workflows, Done<bool> done) override;
  void read(std::vector<Partition> partitions, int limit, Done<std::vector<End>> done) override;
  void remove(std::vector<End> ends, Done<bool> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
