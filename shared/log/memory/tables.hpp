#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "shared/base/ports.hpp"
#include "shared/log/folds.hpp"
#include "shared/log/log.hpp"
#include "shared/log/schedules.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::log {

/// The tables of the in-memory log, shared by all processes opened on them. Plain data: what the ports'
/// adapters do to it in one call is one transaction. Everything that uses it runs on one thread.
struct MemoryTables {
  struct Head {
    Partition partition = 0;
    std::string slug;
    std::string version;
    std::string hash;
    run::RunPhase phase = run::RunPhase::running;
    std::optional<DeliveryId> delivery;
    std::string group;  // of whose places it wants one, or has one; empty: none
    Time created_at{};
    std::optional<Time> closed_at;
    run::Labels labels{};  // by name
  };
  struct Origin {
    std::string fingerprint;
    Uuid maker;
    std::optional<DeliveryId> delivery;
    std::vector<RunId> runs;
    Time at{};
  };
  struct Life {
    Ownership::Member member;
    Time until{};
  };
  struct ScheduleRow {
    std::int64_t serial = 0;
    Time considered{};
  };
  using EventKey = std::pair<RunId, std::string>;

  explicit MemoryTables(const Clock& database_clock, Partition partition_count = limits::kPartitions)
      : clock(database_clock), partitions(partition_count) {}

  const Clock& clock;  // the database's
  const Partition partitions;

  std::map<EventKey, run::Event> events;
  std::map<std::int64_t, EventKey> positions;
  std::int64_t last_position = 0;
  std::map<RunId, Head> heads;
  std::map<std::pair<std::string, Sha256>, Origin> origins;
  std::map<DeliveryId, Delivery> deliveries;
  std::map<std::pair<Partition, std::int64_t>, RunId> inbox;
  std::int64_t last_inbox = 0;
  std::map<std::string, std::map<std::uint32_t, RunId>> slots;
  std::map<std::string, Definition> definitions;                   // by hash
  std::map<std::string, std::string> current;                      // slug to hash
  std::map<std::pair<std::string, std::string>, Pause> pauses;     // by scope and name
  std::set<std::string> listened;                                  // run_ends.hpp
  std::set<std::tuple<Partition, RunId, std::uint32_t>> run_ends;  // with the number of the decision
  std::map<ScheduleKey, ScheduleRow> schedules;
  std::map<ScheduleKey, std::map<Time, Tick>> ticks;
  std::map<Incarnation, Life> members;
  std::map<Partition, Incarnation> leases;         // valid while the holder lives
  std::map<RunId, std::vector<StoredFold>> folds;  // a whole one, and perhaps one that rests on it
  std::set<Incarnation> locks;                     // session locks: held while the process is there

  bool lives(const Incarnation& member) const;
  std::vector<Pause> list_pauses() const;
  void tell(const RunId& run);  // an inbox row
  /// Inserts the event unless its key is taken; the row that stands, and whether it is this one.
  Appended insert(run::Event event);
  /// The run holds no place and waits for none any more; the oldest that waits is told.
  void leave_group(const RunId& run, Head& head);
  void wake_oldest(const std::string& group);
};

}  // namespace callboard::log
