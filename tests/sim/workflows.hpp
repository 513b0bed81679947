#pragma once

#include <chrono>
#include <map>
#include <string>

#include "shared/run/graph.hpp"
#include "tests/support/sim_loop.hpp"

namespace callboard::test {

/// The groups that workflows of simulations are in, and how many runs of each may be at work at once.
inline const std::map<std::string, std::uint32_t> kGroups{{"one", 1}, {"two", 2}};

/// The throttles that they share: so many runs begin in any span.
struct SimRate {
  std::uint32_t limit;
  Micros per;
};
inline const std::map<std::string, SimRate> kRates{{"few", {3, std::chrono::seconds(4)}},
                                                   {"slow", {1, std::chrono::seconds(2)}}};

/// The throttle of some of their steps.
inline constexpr SimRate kStepRate{4, std::chrono::seconds(1)};

/// A workflow by chance: a graph of up to ten steps with retries, conditions, effects, sleeps and time-outs.
/// Its sleeps last up to twenty units, its time-outs some more.
run::Graph make_random_workflow(SimRandom& random, int number, std::chrono::seconds unit);

/// The same workflow with one change: a step more, a step less, other params.
run::Graph make_variant(SimRandom& random, const run::Graph& graph);

}  // namespace callboard::test
