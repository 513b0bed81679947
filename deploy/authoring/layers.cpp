#include "deploy/authoring/layers.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace callboard::authoring {
namespace {

constexpr int kSweeps = 4;

/// Every edge as a chain of lines from level to level; what a step passes on shares one chain.
Layers spread(const run::Graph& graph) {
  std::uint32_t deepest = 0;
  for (const run::Step& step : graph.steps) deepest = std::max(deepest, step.level);
  Layers layers(graph.steps.empty() ? 0 : deepest + 1);
  std::vector<std::size_t> place(graph.steps.size());
  for (run::StepIndex i = 0; i < graph.steps.size(); ++i) {
    auto& layer = layers[graph.steps[i].level];
    place[i] = layer.size();
    layer.push_back({.step = i});
  }
  for (run::StepIndex i = 0; i < graph.steps.size(); ++i) {
    const run::Step& step = graph.steps[i];
    std::uint32_t furthest = step.level;
    for (const run::StepIndex dependent : step.dependents)
      furthest = std::max(furthest, graph.steps[dependent].level);
    std::size_t at = place[i];
    for (std::uint32_t level = step.level; level < furthest; ++level) {
      std::vector<std::size_t> below;
      for (const run::StepIndex dependent : step.dependents) {
        if (graph.steps[dependent].level == level + 1) below.push_back(place[dependent]);
      }
      std::size_t next = 0;
      if (level + 1 < furthest) {
        next = layers[level + 1].size();
        layers[level + 1].push_back({});
        below.push_back(next);
      }
      layers[level][at].below = std::move(below);
      at = next;
    }
  }
  return layers;
}

/// Puts a level in the order of the wishes; `above` learns the new places.
void reorder(std::vector<Slot>& layer, std::vector<Slot>* above) {
  std::vector<std::size_t> order(layer.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(layer[i].wish, i); });
  std::vector<std::size_t> place(layer.size());
  std::vector<Slot> sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted.push_back(std::move(layer[order[i]]));
  }
  layer = std::move(sorted);
  if (above == nullptr) return;
  for (Slot& slot : *above) {
    for (std::size_t& below : slot.below) below = place[below];
    std::ranges::sort(slot.below);
  }
}

/// Each wishes to stand in the middle of those that lines come from.
void wish_by_those_above(const std::vector<Slot>& above, std::vector<Slot>& layer) {
  std::vector<double> sum(layer.size());
  std::vector<int> count(layer.size());
  for (std::size_t i = 0; i < above.size(); ++i) {
    for (const std::size_t below : above[i].below) {
      sum[below] += static_cast<double>(i);
      ++count[below];
    }
  }
  for (std::size_t i = 0; i < layer.size(); ++i)
    layer[i].wish = count[i] == 0 ? static_cast<double>(i) : sum[i] / count[i];
}

void wish_by_those_below(std::vector<Slot>& layer) {
  for (std::size_t i = 0; i < layer.size(); ++i) {
    Slot& slot = layer[i];
    slot.wish = static_cast<double>(i);
    if (slot.below.empty()) continue;
    const auto sum = std::accumulate(slot.below.begin(), slot.below.end(), std::size_t{0});
    slot.wish = static_cast<double>(sum) / static_cast<double>(slot.below.size());
  }
}

}  // namespace

Layers make_layers(const run::Graph& graph) {
  Layers layers = spread(graph);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t level = 1; level < layers.size(); ++level) {
      wish_by_those_above(layers[level - 1], layers[level]);
      reorder(layers[level], &layers[level - 1]);
    }
    if (sweep + 1 == kSweeps) break;
    for (std::size_t level = layers.size(); level-- > 0;) {
      wish_by_those_below(layers[level]);
      reorder(layers[level], level > 0 ? &layers[level - 1] : nullptr);
    }
  }
  return layers;
}

}  // namespace callboard::authoring
