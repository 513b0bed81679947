#pragma once

#include <string>
#include <vector>

#include "shared/run/state.hpp"
#include "tests/support/sim_house.hpp"

/// What must hold of a run's events, whoever wrote them and whatever happened.
namespace callboard::test {

/// Problems of one run's log: the numbers of its decisions, its one end, the fold in any order.
/// A run that stands on the place of a run above it, which has none: the group.
std::optional<std::string> find_lacking_place(const SimHouse& house, const RunId& run);

/// The runs that the run's decisions have started, each of which must be there and say so itself; a closed
/// run leaves none open that it was to wait for.
std::vector<RunId> check_started(const SimHouse& house, const RunId& run, std::vector<std::string>& problems);

std::vector<std::string> check_log_of(const SimHouse& house, const RunId& run, SimRandom& random);

/// The first difference of two folds, or nothing.
std::optional<std::string> find_difference(const run::RunState& a, const run::RunState& b);
/// The same of what an owner held at the end of a run, and what the log folds to.
std::optional<std::string> find_difference_to_log(const SimHouse& house, const RunId& run,
                                                  const run::Graph& graph, const run::RunState& held);

}  // namespace callboard::test
