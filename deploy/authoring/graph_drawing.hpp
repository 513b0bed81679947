#pragma once

#include <cstddef>
#include <string>

#include "shared/run/graph.hpp"

namespace callboard::authoring {

/// The graph for a terminal of `columns`: a box for each step, its level below those that it waits for. Where
/// that would be wider, or has more than 200 steps, a line for each step that names what it waits for.
std::string draw_graph(const run::Graph& graph, std::size_t columns);

}  // namespace callboard::authoring
