#include "shared/log/memory/memory_folds.hpp"

#include <algorithm>

namespace callboard::log {
namespace {

Result<Folds::Opened> open_run(const MemoryTables& tables, const RunId& run) {
  Folds::Opened opened;
  const auto folds = tables.folds.find(run);
  if (folds != tables.folds.end()) opened.folds = folds->second;
  const std::int64_t folded = opened.folds.empty() ? 0 : opened.folds.back().position;
  bool exists = false;
  for (auto row = tables.events.lower_bound({run, ""}); row != tables.events.end() && row->first.first == run;
       ++row) {
    exists = true;
    if (row->second.position > folded) opened.events.push_back(row->second);
  }
  if (!exists) return fail(ErrorCode::not_found, "there is no run " + to_string(run));
  std::ranges::sort(opened.events, {}, &run::Event::position);
  for (const run::Event& event : opened.events) opened.transactions.push_back(event.position);
  opened.settled = tables.last_position + 1;
  opened.seen = std::to_string(opened.settled);
  return opened;
}

bool save_fold(MemoryTables& tables, StoredFold fold) {
  if (!tables.heads.contains(fold.run)) return false;
  std::vector<StoredFold>& folds = tables.folds[fold.run];
  const bool stands = !folds.empty() && folds.front().checkpoint == fold.base;
  if (!fold.base.empty() && !stands) return false;
  folds.resize(fold.base.empty() ? 0 : 1);
  fold.at = tables.clock.now();
  folds.push_back(std::move(fold));
  return true;
}

}  // namespace

void MemoryFolds::open(const RunId& run, Done<Opened> done) {
  calls_.run<Opened>(CallKind::read, [this, run] { return open_run(tables_, run); }, std::move(done));
}

void MemoryFolds::save(StoredFold fold, Done<bool> done) {
  const auto transaction = [this, fold = std::move(fold)]() -> Result<bool> {
    return save_fold(tables_, fold);
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryFolds::list(const RunId& run, Done<std::vector<StoredFold>> done) {
  const auto read = [this, run]() -> Result<std::vector<StoredFold>> {
    const auto found = tables_.folds.find(run);
    if (found == tables_.folds.end()) return std::vector<StoredFold>();
    std::vector<StoredFold> folds = found->second;
    for (StoredFold& fold : folds) fold.data.clear();
    return folds;
  };
  calls_.run<std::vector<StoredFold>>(CallKind::read, read, std::move(done));
}

void MemoryFolds::drop(const RunId& run, Done<int> done) {
  const auto transaction = [this, run]() -> Result<int> {
    const auto node = tables_.folds.extract(run);
    return node ? static_cast<int>(node.mapped().size()) : 0;
  };
  calls_.run<int>(CallKind::other, transaction, std::move(done));
}

void MemoryFolds::stored_runs(Partition partition, Done<std::vector<RunId>> done) {
  const auto read = [this, partition]() -> Result<std::vector<RunId>> {
    std::vector<RunId> runs;
    for (const auto& [run, folds] : tables_.folds) {
      const MemoryTables::Head& head = tables_.heads.at(run);
      if (head.partition == partition && !head.closed_at) runs.push_back(run);
    }
    return runs;
  };
  calls_.run<std::vector<RunId>>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
