#pragma once

#include <set>
#include <vector>

#include "shared/log/archive/batches.hpp"
#include "shared/log/archive/database.hpp"

/// Rows out of an archive into the tables, as they were: positions, times and writers included. Each is one
/// or a few statements of the transaction that is under way; what stands already stays.
namespace callboard::log {

/// A definition that is new here becomes the one that its slug names, if it was where it comes from and the
/// slug names nothing here.
Result<void> insert_definitions(LongSession& session, const std::vector<Definition>& definitions);
Result<void> insert_deliveries(LongSession& session, const std::vector<StoredDelivery>& deliveries);
Result<void> insert_origins(LongSession& session, const std::vector<StoredOrigin>& origins);
/// Data beyond limits::kEventInlineBytes goes into blobs.
Result<void> insert_events(LongSession& session, const std::vector<ArchivedRun>& runs);

/// The day partitions of event, blob and delivery, where they are missing, each in a transaction of its own.
/// Rows that stand in the default partition keep their day there.
Result<void> make_day_partitions(LongSession& session, const std::set<std::chrono::sys_days>& days);
/// The suffix of a day's partitions: 20261121.
std::string day_name(std::chrono::sys_days day);

/// Positions given from now on are greater.
Result<void> move_position_beyond(LongSession& session, std::int64_t position);

}  // namespace callboard::log
