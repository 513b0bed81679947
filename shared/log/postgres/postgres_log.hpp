#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/log/folds.hpp"
#include "shared/log/held.hpp"
#include "shared/log/link_key.hpp"
#include "shared/log/listeners.hpp"
#include "shared/log/log.hpp"
#include "shared/log/past.hpp"
#include "shared/log/postgres/migrate.hpp"
#include "shared/log/run_ends.hpp"
#include "shared/log/schedules.hpp"
#include "shared/runtime/asio_loop.hpp"

namespace callboard::log {

/// The log in PostgreSQL: every port, for one process. It lives on the loop's thread; the loop and the clock
/// must outlive it. Connects by itself and again for ever; what it holds meanwhile is bounded.
///
/// Connections: one for appends, arrivals and admissions, one for large arrivals, one for leases and session
/// locks (idle between beats, so not through a pooler), and a few for reads, opened when needed.
class PostgresLog {
 public:
  struct Options {
    std::string url;  // a libpq URI or conninfo
    Partition partitions = limits::kPartitions;
    Micros wait{0};  // for a database that can't be reached or is not migrated yet
  };
  /// Checks that the database is there and has this program's schema (see check_schema for the errors):
  /// blocking, before the loop runs.
  static Result<std::unique_ptr<PostgresLog>> open(runtime::AsioLoop& loop, const Clock& clock,
                                                   const Options& options);
  ~PostgresLog();
  PostgresLog(const PostgresLog&) = delete;
  PostgresLog& operator=(const PostgresLog&) = delete;

  EventLog& events();
  Intake& intake();
  Catalog& catalog();
  Ownership& ownership();
  Slots& slots();
  Pauses& pauses();
  RunEnds& run_ends();
  Listeners& listeners();
  Held& held();
  LinkKey& link_key();
  Past& past();
  Library& library();
  Folds& folds();
  Schedules& schedules();

  /// Drops what waits, closes every connection (session locks are free then) and waits for its threads, which
  /// blocking calls may hold for up to 20 s where the database is frozen. No callback comes any more, and no
  /// port may be used. Not from within a callback. The destructor does the same.
  void stop();

  /// The append path has a connection.
  bool is_connected() const;
  /// Why it has none, as the database or the network said; empty before any trouble.
  std::string last_problem() const;

  struct Counts {
    std::uint64_t commits = 0;
    std::uint64_t rows = 0;
    std::uint64_t lost = 0;     // rows that met another under their key
    std::uint64_t retries = 0;  // transactions sent again
    std::uint64_t reconnects = 0;
    std::uint64_t commit_micros = 0;  // summed over the commits
    std::uint64_t waiting_rows = 0;
    std::uint64_t waiting_bytes = 0;
  };
  Counts counts() const;

 private:
  class Parts;
  explicit PostgresLog(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace callboard::log
