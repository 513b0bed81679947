#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "loadtest/audit.hpp"
#include "loadtest/kept_runs.hpp"
#include "loadtest/report.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/stack_under_test.hpp"
#include "shared/base/error.hpp"

namespace callboard::loadtest {

/// What one fault came to: a member of the report's `faults`, and its line for a person.
struct FaultLine {
  std::string fault;
  Object measured;
  std::string text;
};

/// What the faults of one recovery test came to, over all the stacks that it started.
struct Findings {
  std::vector<FaultLine> lines;
  Audit audit;               // added up
  std::size_t lost = 0;      // accepted, and open or gone when they must not be
  std::size_t sleeping = 0;  // accepted, and open at the end as they should be: `open-runs` alone
  std::size_t refused = 0;   // requests answered 4xx
  std::size_t errors = 0;
  std::string first_error;      // all that went wrong, a sentence each
  std::size_t errors_told = 0;  // those whose evidence is kept
  std::uint64_t executed_twice = 0;
  std::vector<double> rates_before;  // runs a second, before each fault
  std::vector<double> latency_ms;
  double seconds = 0;  // under load
  Memory idle, after;
};

/// Counts what went wrong, and keeps what it says.
void note_error(Findings& findings, const std::string& what, std::size_t times = 1);

/// How many of a stack's runs are not completed at the end, and rightly so.
struct Unfinished {
  std::size_t open = 0;
  std::size_t cancelled = 0;
};
/// The runs of one stack, when all should be over.
struct Concluded {
  Audit audit;
  std::uint64_t executed_twice = 0;
};
/// Audits the runs that were kept going, all their histories too, and adds that to the findings. Where
/// anything is wrong, the evidence goes into the stack's folder, which then stays, and the first error names
/// it.
Concluded conclude(Findings& findings, StackUnderTest& stack, const KeptRuns& kept,
                   const std::string& workflow, std::size_t steps, Unfinished unfinished = {});

/// `slow-chains`: 200 runs of five steps of 200 ms, of which the worker is killed: until all are over.
Result<void> measure_slow_chains(Findings& findings, const Options& options, const Progress& progress);
/// `open-runs`: 10,000 runs that sleep, of which the only dispatcher is killed: until a run of every
/// partition moves.
Result<void> measure_open_runs(Findings& findings, const Options& options, const Progress& progress);

}  // namespace callboard::loadtest
