#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"

namespace callboard::worker {

/// What was executed, by the executors' own account and not by the log's: a file that every worker of a
/// machine maps and that survives kill -9 of any of them (not of the machine). The load test counts
/// repetitions in it.
///
/// Format, little-endian:
///   0   8 bytes   "CBEXEC01"
///   8   8 bytes   capacity: how many records fit
///   16  8 bytes   next: how many places were taken, by atomic addition; may exceed the capacity
///   24  8 bytes   zero
///   32  …         records of 16 bytes: two halves of a hash of run, step with item, attempt and generation,
///   never 0.
///                 A place whose first half is 0 was taken by a worker that died before it wrote.
class ExecutionRecord {
 public:
  static constexpr std::uint64_t kCapacity = 8'000'000;  // records of a new file; the file is sparse
  static constexpr std::size_t kHeaderBytes = 32;
  static constexpr std::size_t kRecordBytes = 16;

  /// Opens the file, or makes it. Workers may start at the same time.
  static Result<std::unique_ptr<ExecutionRecord>> open(const std::string& path,
                                                       std::uint64_t capacity = kCapacity);
  ~ExecutionRecord();
  ExecutionRecord(const ExecutionRecord&) = delete;
  ExecutionRecord& operator=(const ExecutionRecord&) = delete;

  /// Called before the executor begins. Wait-free; dropped when the file is full (then `next` says so).
  void add(const RunId& run, std::string_view step, std::uint32_t attempt, std::uint32_t generation);

 private:
  ExecutionRecord(void* map, std::size_t bytes) : map_(map), bytes_(bytes) {}

  void* map_;
  std::size_t bytes_;
};

struct ExecutionCounts {
  std::uint64_t executions = 0;
  std::uint64_t repeated = 0;  // beyond the first of one run, step, item and attempt
  std::uint64_t dropped = 0;   // did not fit
};
/// Counts what the file holds.
Result<ExecutionCounts> count_executions(const std::string& path);

}  // namespace callboard::worker
