#pragma once

#include <memory>

#include "shared/log/folds.hpp"
#include "shared/log/held.hpp"
#include "shared/log/link_key.hpp"
#include "shared/log/listeners.hpp"
#include "shared/log/log.hpp"
#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"
#include "shared/log/past.hpp"
#include "shared/log/run_ends.hpp"
#include "shared/log/schedules.hpp"

namespace callboard::log {

/// The log of one simulated process: every port over tables in memory, deterministic from its loop, the
/// tables' clock and the fates. Loop, clock and tables must outlive it.
class MemoryLog {
 public:
  /// `clock` is the process's own: deadlines are read from it.
  MemoryLog(Loop& loop, const Clock& clock, MemoryTables& tables, Fates fates = {});
  ~MemoryLog();
  MemoryLog(const MemoryLog&) = delete;
  MemoryLog& operator=(const MemoryLog&) = delete;

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

  /// The process is killed: what was not committed never is, no callback comes, its session locks are free.
  /// The destructor does the same.
  void kill();

 private:
  struct Ports;
  std::unique_ptr<Ports> ports_;
};

}  // namespace callboard::log
