#pragma once

#include <string>
#include <vector>

#include "shared/run/state.hpp"
#include "tests/support/sim_house.hpp"

/// What must hold of a run's events, whoever wrote them and whatever happened.
namespace callboard::test {

/// Problems of one run's log: the numbers of its decisions, its one end, the fold in any order.
std::vector<std::string> check_log_of(const SimHouse& house, const RunId& run, SimRandom& random);

/// The first difference of two folds, or nothing.
std::optional<std::string> find_difference(const run::RunState& a, const run::RunState& b);

}  // namespace callboard::test
