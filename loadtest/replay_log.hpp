#pragma once

#include <cstddef>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/event.hpp"
#include "shared/run/graph.hpp"

namespace callboard::loadtest {

/// One run as it stands in the log.
struct LoggedRun {
  const run::Graph* graph = nullptr;  // of the log's
  RunId id;
  std::vector<run::Event> events;
};

/// What is folded by `replay`: the graphs, and runs that refer to them. Made by an owner as the dispatcher is
/// one: it folds, decides, and appends its rows; the workers' outcomes are made up, about 190 bytes each.
struct ReplayLog {
  std::vector<run::Graph> graphs;
  std::vector<LoggedRun> runs;
};

/// `count` runs, in turn: five steps in sequence (7 events); one step, six beside each other, one (10
/// events); five steps of which the second fails twice and is tried again (12 events, one of them a
/// `started`).
Result<ReplayLog> make_short_runs(std::size_t count);
inline constexpr std::size_t kShortRunSteps = 6;  // of the three, on average

/// One run of 100,002 events: 1,000 steps, of which each fails 33 times (started, failed, tried again) and
/// then completes.
Result<ReplayLog> make_long_run();
/// The same with the steps in sequence, so that it comes to a checkpoint every hundred events.
Result<ReplayLog> make_long_chain();

}  // namespace callboard::loadtest
