#pragma once

#include <functional>
#include <string>

#include "shared/log/archive/record.hpp"
#include "shared/log/archive/run_check.hpp"

namespace callboard::log {

struct ImportReport {
  ArchiveCounts written;   // or, on a dry run, what would be
  ArchiveCounts stood;     // was there already, with the same bytes; a run counts if all of it was
  std::uint64_t told = 0;  // open runs that got an inbox row
};

/// Puts an archive's rows into a database, which gets the schema if it has none. Reads the archive three
/// times: whether it is whole, whether anything differs from what stands (both `invalid`, with nothing
/// written), and then batch by batch, each a transaction: broken off, the same import goes on. Head rows are
/// made by folding; a run that does not fold is told to `tell` and imported all the same.
Result<ImportReport> import_log(const std::string& url, const std::string& path, bool dry_run,
                                const std::function<void(const LogProblem&)>& tell);

}  // namespace callboard::log
