#pragma once

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryPauses final : public Pauses {
 public:
  MemoryPauses(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void set(Pause pause, Done<Pause> done) override;
  void lift(std::string scope, std::string name, Done<bool> done) override;
  void list(Done<std::vector<Pause>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
