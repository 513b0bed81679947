#pragma once

#include "shared/log/archive/batches.hpp"
#include "shared/log/archive/database.hpp"

namespace callboard::log {

/// What of a batch the database does not have. What it has must be the same, byte for byte: else
/// `conflict`, naming what differs. A run that went on here and has all that the archive has lacks
/// nothing.
Result<ImportBatch> find_missing(LongSession& session, const ImportBatch& batch);

}  // namespace callboard::log
