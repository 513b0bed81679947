#pragma once

#include <string>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"

namespace callboard::log {

struct MigrateOptions {
  Partition partitions = limits::kPartitions;  // stored by the first one; another number is then a `conflict`
  Micros wait{0};                              // for a database that can't be reached yet
};

/// Brings the database to this program's schema and makes the day partitions ahead. Blocking; safe when
/// several do it at once. `unavailable`: it can't be reached; `conflict`: it is newer than this program, or
/// has another number of partitions.
Result<void> migrate(const std::string& url, const MigrateOptions& options = {});

/// Fails as `migrate` does, but changes nothing: for programs that leave migrating to another. A database
/// that is behind is `unavailable`, for another program may be about to migrate it.
Result<void> check_schema(const std::string& url, const MigrateOptions& options = {});

}  // namespace callboard::log
