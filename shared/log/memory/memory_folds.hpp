#pragma once

#include "shared/log/folds.hpp"
#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

/// Here a position is a transaction too.
class MemoryFolds final : public Folds {
 public:
  MemoryFolds(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void open(const RunId& run, Done<Opened> done) override;
  void save(StoredFold fold, Done<bool> done) override;
  void list(const RunId& run, Done<std::vector<StoredFold>> done) override;
  void drop(const RunId& run, Done<int> done) override;
  void stored_runs(Partition partition, Done<std::vector<RunId>> done) override;

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
};

}  // namespace callboard::log
