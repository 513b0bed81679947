#include "shared/log/archive/batches.hpp"

#include <utility>

namespace callboard::log {

ArchiveCounts ImportBatch::counts() const {
  ArchiveCounts counts{definitions.size(), deliveries.size(), origins.size(), 0, 0};
  for (const ArchivedRun& run : runs) {
    ++counts.runs;
    counts.events += run.events.size();
  }
  return counts;
}

bool BatchReader::is_full() const {
  return rows_ >= limits::kArchiveBatchRows || bytes_ >= limits::kArchiveBatchBytes;
}

void BatchReader::take(ArchiveRecord record) {
  ++rows_;
  if (auto* event = std::get_if<run::Event>(&record)) {
    bytes_ += event->key.size() + event->data.size();
    batch_.runs.back().events.push_back(std::move(*event));
  } else if (auto* run = std::get_if<RunHeading>(&record)) {
    batch_.runs.push_back({std::move(*run), {}});
  } else if (auto* delivery = std::get_if<StoredDelivery>(&record)) {
    bytes_ += delivery->headers.size() + delivery->body.size();
    batch_.deliveries.push_back(std::move(*delivery));
  } else if (auto* origin = std::get_if<StoredOrigin>(&record)) {
    batch_.origins.push_back(std::move(*origin));
  } else if (auto* definition = std::get_if<Definition>(&record)) {
    bytes_ += definition->body.size();
    batch_.definitions.push_back(std::move(*definition));
  }
}

Result<ImportBatch> BatchReader::next() {
  while (true) {
    auto record = reader_.next();
    if (!record) return std::unexpected(record.error());
    if (!*record) return std::exchange(batch_, {});
    const bool within_run = std::holds_alternative<run::Event>(**record);
    if (within_run || !is_full()) {
      take(std::move(**record));
      continue;
    }
    ImportBatch full = std::exchange(batch_, {});
    rows_ = bytes_ = 0;
    take(std::move(**record));
    return full;
  }
}

}  // namespace callboard::log
