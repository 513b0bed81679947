#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/log/archive/record.hpp"

namespace callboard::log {

struct RetentionOptions {
  Micros older_than{0};
  std::string archive{};  // file into which what is dropped is written first; empty: none
  bool dry_run = false;
};

/// A day (UTC) of the log that is older than asked for.
struct RetainedDay {
  std::chrono::sys_days day;
  std::uint64_t runs = 0;
  std::uint64_t events = 0;
  std::uint64_t open = 0;  // runs of it, or of other days that need its deliveries, that are not closed
  std::string problem;     // why it stays although nothing is open; empty where there is no trouble
  bool dropped = false;    // or, on a dry run, would be
};

struct RetentionReport {
  std::vector<RetainedDay> days;  // oldest first
  ArchiveCounts archived;
};

/// Drops the day partitions of event, blob and delivery, with the day's head rows and origins, where the day
/// is over for `older_than` by the database's clock and every run of it is closed; a day is dropped in one
/// transaction. With an archive, the days are exported first and the file is read back to its trailer; a day
/// in which anything was appended since then stays. `conflict` if the archive's file exists already.
Result<RetentionReport> retain_log(const std::string& url, const RetentionOptions& options);

}  // namespace callboard::log
