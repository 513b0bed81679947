#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadtest/http_load.hpp"
#include "loadtest/options.hpp"
#include "shared/value/value.hpp"

namespace callboard::loadtest {

/// Resident memory in MiB, as the kernel tells of each process.
struct Memory {
  double dispatcher = 0;
  double worker = 0;
};

/// What one scenario came to. Rates are the median of the measured parts; latencies are of all of them
/// together.
struct Report {
  std::string scenario;
  std::size_t runs = 0;
  std::size_t steps = 0;
  double seconds = 0;
  double runs_per_s = 0;
  double steps_per_s = 0;
  double p50 = 0, p99 = 0, most = 0;
  std::size_t errors = 0;
  std::string first_error;
  std::uint64_t executed_twice = 0;
  Memory idle, after;
  Object settings;
  bool may_repeat = false;  // executions beyond the first are expected: things were killed
  Object own;               // members of the scenario's own
  std::string own_text;     // lines of the scenario's own, for a person
};

/// Every result was right, and nothing was executed twice that should not be.
bool is_good(const Report& report);

/// Takes the measured parts together.
Report summarize(const Options& options, std::size_t steps, std::vector<LoadResult> parts);

/// The one line of JSON that the contract names.
std::string to_json(const Report& report);
/// For a person: a few aligned lines.
std::string to_text(const Report& report);

}  // namespace callboard::loadtest
