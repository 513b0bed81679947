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
#include "shared/log/held.hpp"
#include "shared/log/listeners.hpp"
#include "shared/log/log.hpp"
#include "shared/log/schedules.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::log {

/// The tables of the in-memory log, shared by all processes opened on them. Plain data: what the ports'
/// adapters do to it in one call is one transaction. Everything that uses it runs on one thread.
struct MemoryTables {
  /// Of a run that waits and has tried.
  enum class Lacks : std::uint8_t { unknown, place, turn };
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
    std::string rate{};  // the throttle of which it wants a turn, or had one; empty: none
    Lacks lacks = Lacks::unknown;
    Time turn_at{};                         // with Lacks::turn: when it was told to have it
    std::optional<std::uint32_t> places{};  // of one that waits and has tried: how many its group has for it
    run::Labels labels{};                   // by name
    std::optional<RunId> parent{};
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
  struct ListenerKey {
    std::string source;
    std::string key;
    Partition partition = 0;
    Listeners::Name name;

    friend auto operator<=>(const ListenerKey&, const ListenerKey&) = default;
  };
  struct HeldRow {
    Held::Group group;
    bool closed = false;  // nothing is added any more
    std::size_t bytes = 0;
    Time claimed_until{};
    std::vector<Held::Part> parts;  // without what stands in the deliveries
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
  struct Turn {
    Time at{};
    Time until{};  // from then on no span has it in it
    RunId run;
  };
  std::map<std::string, std::vector<Turn>> turns;  // by the throttle's name, the oldest first
  struct StepWait {
    Time since{};
    RunId run;
    Time turn_at{};  // that it was told
  };
  std::map<std::string, std::vector<StepWait>>
      step_waits;                                 // by the throttle's name, in the order of the queue
  std::map<std::string, Definition> definitions;  // by hash
  struct Current {
    std::string hash;
    std::string file;  // that made it current; empty: a person did
  };
  std::map<std::string, Current> current;                          // by slug
  std::map<std::pair<std::string, std::string>, Pause> pauses;     // by scope and name
  std::set<std::string> listened;                                  // run_ends.hpp
  std::set<std::tuple<Partition, RunId, std::uint32_t>> run_ends;  // with the number of the decision
  std::map<ListenerKey, bool> listeners;                           // and whether they are secured
  std::map<std::pair<Partition, std::int64_t>, DeliveryId> heard;
  std::int64_t last_heard = 0;
  std::map<std::int64_t, HeldRow> held;  // held.hpp, by id
  std::int64_t last_held = 0;
  std::map<ScheduleKey, ScheduleRow> schedules;
  std::map<ScheduleKey, std::map<Time, Tick>> ticks;
  std::map<Incarnation, Life> members;
  std::map<Partition, Incarnation> leases;         // valid while the holder lives
  std::map<RunId, std::vector<StoredFold>> folds;  // a whole one, and perhaps one that rests on it
  std::set<Incarnation> locks;                     // session locks: held while the process is there

  bool lives(const Incarnation& member) const;
  bool holds(const Incarnation& holder, Partition partition) const;
  std::vector<Pause> list_pauses() const;
  void tell(const RunId& run);  // an inbox row
  /// Inserts the event unless its key is taken; the row that stands, and whether it is this one.
  Appended insert(run::Event event);
  /// Its head row, d/0 and, where asked for, inbox row; nothing if it is there.
  void make_run(const NewRun& run, const std::optional<DeliveryId>& delivery, Time at);
  /// The run is closed: it holds no place and waits for none any more; the oldest that waits is told.
  void leave_group(const RunId& run, const Head& head);
  void leave_rate(const Head& head, bool waited);
  void wake_oldest(const std::string& group);
  /// Of those that wait for a turn, if it was told that it comes later than `due`.
  void wake_first(const std::string& rate, Time due);
  /// The same of the runs whose steps wait.
  void wake_first_step(const std::string& rate, Time due);
  /// Whatever listens to it hears of the delivery.
  void tell_listeners(const Delivery& delivery);
  void stop_listening(const RunId& run);
};

}  // namespace callboard::log
