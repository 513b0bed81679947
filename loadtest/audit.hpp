#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "loadtest/kept_runs.hpp"

namespace callboard::loadtest {

/// What the API says afterwards of the runs of one workflow that clients kept going.
struct Audit {
  std::size_t accepted = 0;   // clients were given an id
  std::size_t finished = 0;   // accepted, and listed as completed
  std::size_t failed = 0;     // accepted, and listed as failed
  std::size_t cancelled = 0;  // accepted, and listed as cancelled
  std::size_t open = 0;       // accepted, and listed as open
  std::size_t absent = 0;     // accepted, and not listed at all
  std::size_t unasked = 0;    // listed, and no client was given that id: one idempotency key made two runs
  std::size_t histories = 0;
  std::size_t recorded_twice =
      0;                         // outcomes beyond the first of one run, step and attempt; creations, closes
  std::size_t not_recorded = 0;  // runs listed as completed whose history has no outcome for some step
  std::vector<std::string> suspects;  // ids of runs that any of these counts, the first kMostSuspects
};
inline constexpr std::size_t kMostSuspects = 20;

/// Lists the runs of the workflow and reads the history of each of `read` (ids), which must have `steps`
/// steps.
Result<Audit> audit_runs(const Target& target, const std::string& workflow, std::span<const KeptRun> runs,
                         const std::vector<std::string>& read, std::size_t steps);

/// Writes each suspect, as the API shows it, and its history into the folder, which it makes.
void keep_evidence(const Target& target, const std::vector<std::string>& suspects,
                   const std::filesystem::path& folder);

}  // namespace callboard::loadtest
