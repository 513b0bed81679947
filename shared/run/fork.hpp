#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "shared/run/state.hpp"

namespace callboard::run {

/// The first that a fork runs again.
struct ForkPoint {
  StepIndex step = kNoStep;
  std::optional<std::uint32_t> item{};  // of a map: this one alone, and what has not ended well
};

/// Of "build", "build[3]" and the name of a step that uses a group, which is run again from its begin on.
/// Nothing where `graph` has no such step, or the run no such item.
std::optional<ForkPoint> find_fork_point(const Graph& old_graph, const RunState& state, const Graph& graph,
                                         std::string_view key);

/// The decisions with which a fork begins: the ends of those steps of `graph` that ended well in a run of
/// `old_graph` (told apart by their keys), don't stand at or below `from`, and rest on nothing but such
/// steps.
std::vector<Decision> keep_for_fork(const Graph& old_graph, const RunState& state, const Graph& graph,
                                    const ForkPoint& from);

}  // namespace callboard::run
