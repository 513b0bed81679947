#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/run/event.hpp"
#include "shared/run/graph.hpp"
#include "shared/run/state.hpp"

/// What must hold of a run's events and of the head row beside them. Pure.
namespace callboard::log {

/// Something that is not as it must be. `run` and `key` are empty where it is about none.
struct LogProblem {
  std::optional<RunId> run;
  std::string key;
  std::string message;
};

/// A run's head row and what stands beside it, as far as it follows from events. `decisions` and `closed_at`
/// are of the last close; a run that was never closed has one decision there, whatever it has in the log.
struct RunHeadRow {
  RunId run;
  std::string definition;  // hash
  std::optional<DeliveryId> delivery;
  run::RunPhase phase = run::RunPhase::running;
  Time created_at{};
  std::optional<Time> closed_at;
  std::int32_t decisions = 1;
  Partition partition = 0;
  std::optional<RunId> parent{};
  run::Labels labels{};  // by name
};

/// The keys follow the grammar, each has a type that its kind can have, and the decisions d/0 … d/n are all
/// there.
std::vector<LogProblem> check_keys(const RunId& run, const std::vector<run::Event>& events);

/// What the creation of a run settles of its head row.
RunHeadRow begin_head(const RunId& run, const run::Created& created, Partition partitions);

/// Folds all events, in the order given, into what the head row must say; a problem names the key at which
/// the fold stopped, or a decision that lacks its predecessor. `partitions`: of the database.
std::expected<RunHeadRow, LogProblem> fold_head(const run::Graph& graph, const run::Created& created,
                                                const std::vector<run::Event>& events, Partition partitions);

/// A head row as it stands, against the one that the fold makes. An open run is shown pending, waiting,
/// running or paused as its owner finds it: these may differ.
std::vector<std::string> compare_heads(const RunHeadRow& stored, const RunHeadRow& folded);

}  // namespace callboard::log
