#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/log/archive/sealed.hpp"

namespace callboard::log {

/// A run out of an archive, or what of it is not stored yet.
struct ArchivedRun {
  RunHeading heading;
  std::vector<run::Event> events;
};

/// What one transaction of an import takes.
struct ImportBatch {
  std::vector<Definition> definitions;
  std::vector<StoredDelivery> deliveries;
  std::vector<StoredOrigin> origins;
  std::vector<ArchivedRun> runs;

  bool empty() const { return definitions.empty() && deliveries.empty() && origins.empty() && runs.empty(); }
  ArchiveCounts counts() const;
};

/// An archive in batches: runs whole, a batch about limits::kArchiveBatchRows and kArchiveBatchBytes, one run
/// at the least.
class BatchReader {
 public:
  explicit BatchReader(Lines& lines) : reader_(lines) {}
  /// Empty behind the last.
  Result<ImportBatch> next();

 private:
  bool is_full() const;
  void take(ArchiveRecord record);

  ArchiveReader reader_;
  ImportBatch batch_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace callboard::log
