#pragma once

#include <cstddef>
#include <vector>

#include "shared/run/graph.hpp"

namespace callboard::authoring {

/// A step in its level, or a place in a level that an edge passes on its way further down.
struct Slot {
  run::StepIndex step = run::kNoStep;  // kNoStep: an edge passes
  std::vector<std::size_t> below{};    // places in the next level that a line goes to
  double wish = 0;                     // where it would stand best among those beside it
};

/// The levels of a graph from the top, each ordered so that few lines cross; every line goes from one level
/// to the next.
using Layers = std::vector<std::vector<Slot>>;
Layers make_layers(const run::Graph& graph);

}  // namespace callboard::authoring
