#pragma once

#include "shared/log/folds.hpp"
#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

class PostgresFolds final : public Folds {
 public:
  explicit PostgresFolds(Readers& readers) : readers_(readers) {}

  void open(const RunId& run, Done<Opened> done) override;
  void save(StoredFold fold, Done<bool> done) override;
  void list(const RunId& run, Done<std::vector<StoredFold>> done) override;
  void drop(const RunId& run, Done<int> done) override;
  void stored_runs(Partition partition, Done<std::vector<RunId>> done) override;

 private:
  Readers& readers_;
};

}  // namespace callboard::log
