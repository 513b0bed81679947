#pragma once

#include <string>

#include "shared/log/archive/sealed.hpp"

namespace callboard::log {

/// Writes the selected part of the log as it stands in one snapshot, line by line. What it needs of memory
/// does not grow with the log. `conflict` where a blob is missing.
Result<ArchiveCounts> export_log(const std::string& url, const Selection& selection, const WriteBytes& write);

/// Goes on behind a cut: the same database gives the same bytes as the first time, whatever was appended
/// since (but for days that were dropped).
Result<ArchiveCounts> resume_export(const std::string& url, const ResumePoint& point,
                                    const WriteBytes& write);

/// Events that are held back (debounce, batch) and start runs later: they are in no archive, their deliveries
/// are.
Result<std::int64_t> count_held(const std::string& url);

}  // namespace callboard::log
