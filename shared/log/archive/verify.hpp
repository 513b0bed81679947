#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "shared/base/error.hpp"
#include "shared/log/archive/run_check.hpp"

namespace callboard::log {

struct VerifyCounts {
  std::uint64_t runs = 0;
  std::uint64_t events = 0;
  std::uint64_t definitions = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t origins = 0;
  std::uint64_t problems = 0;
};

/// Reads one snapshot of the log, or one run of it, and tells what does not hold: keys, decisions without a
/// hole, blobs, definitions and their hashes, folds (those that are stored too), head rows, verdicts,
/// origins, places in groups. The error is of the reading; what is wrong in the log goes to `tell`.
Result<VerifyCounts> verify_log(const std::string& url, const std::optional<RunId>& run,
                                const std::function<void(const LogProblem&)>& tell);

}  // namespace callboard::log
