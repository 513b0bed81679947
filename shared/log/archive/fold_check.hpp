#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shared/log/archive/stored.hpp"
#include "shared/run/graph.hpp"

namespace callboard::log {

/// Compares stored folds with the events that they are folds of.
class FoldCheck {
 public:
  explicit FoldCheck(std::string url) : session_(std::move(url)) {}

  /// Finds those that there are. Before the snapshot's runs are read: it has one stream at a time.
  Result<void> open(Snapshot& snapshot);
  /// What is wrong with those of a run that folds. One that was stored since the snapshot may hold events
  /// that it does not show, and is passed over.
  Result<std::vector<LogProblem>> check(const run::Graph& graph, const StoredRun& run);

 private:
  LongSession session_;
  std::set<std::pair<RunId, Time>> stored_;  // and when
};

}  // namespace callboard::log
