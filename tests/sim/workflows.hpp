#pragma once

#include "shared/run/graph.hpp"
#include "tests/support/sim_loop.hpp"

namespace callboard::test {

/// A workflow by chance: a graph of up to ten steps with retries, conditions, effects, sleeps and time-outs.
run::Graph make_random_workflow(SimRandom& random, int number);

/// The same workflow with one change: a step more, a step less, other params.
run::Graph make_variant(SimRandom& random, const run::Graph& graph);

}  // namespace callboard::test
