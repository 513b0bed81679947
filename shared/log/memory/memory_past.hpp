#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"
#include "shared/log/past.hpp"

namespace callboard::log {

class MemoryPast final : public Past {
 public:
  MemoryPast(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void read(Range range, Done<std::vector<Delivery>> done) override;
  void find_made(std::string kind, std::vector<std::string> origins, Done<std::vector<bool>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
