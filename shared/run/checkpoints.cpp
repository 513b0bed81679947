#include "shared/run/checkpoints.hpp"

#include <utility>

#include "shared/run/fold.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::run {
namespace {

constexpr std::size_t kIdDigits = 16;

}  // namespace

CheckpointWalk::CheckpointWalk(const Graph& graph, const RunId& run)
    : graph_(graph), state_(make_state(graph, run)) {}

CheckpointWalk::CheckpointWalk(const Graph& graph, RunState state, std::string chain, std::uint32_t events)
    : graph_(graph), state_(std::move(state)), chain_(std::move(chain)), events_(events) {
  ended_levels();
}

Result<std::vector<Checkpoint>> CheckpointWalk::fold(const Event& event) {
  if (auto folded = run::fold(graph_, state_, event); !folded) return std::unexpected(folded.error());
  ++events_;
  chain_.append("\n").append(event.key).append("\n").append(event.data);
  chain_ = to_hex(sha256(chain_));
  std::vector<Checkpoint> points;
  for (const std::uint32_t level : ended_levels()) {
    Checkpoint& point = points.emplace_back();
    point.id =
        std::to_string(state_.generation) + "." + std::to_string(level) + "." + chain_.substr(0, kIdDigits);
    point.generation = state_.generation;
    point.level = level;
    point.position = event.position;
    point.decisions = state_.decisions;
    point.at = event.at;
  }
  return points;
}

/// Those that have ended since the last call.
std::vector<std::uint32_t> CheckpointWalk::ended_levels() {
  if (state_.generation != generation_) {
    generation_ = state_.generation;
    ended_ = 0;
  }
  std::vector<std::uint32_t> levels;
  const std::vector<StepIndex>& order = graph_.by_level;
  while (ended_ < order.size() && state_.steps[order[ended_]].settled) {
    const std::uint32_t level = graph_.steps[order[ended_]].level;
    ++ended_;
    const bool is_last = ended_ == order.size() || graph_.steps[order[ended_]].level > level;
    if (is_last) levels.push_back(level);
  }
  return levels;
}

Result<void> walk_checkpoints(const Graph& graph, const RunId& run, const std::vector<Event>& events,
                              const VisitCheckpoint& visit) {
  CheckpointWalk walk(graph, run);
  for (const Event& event : events) {
    const auto points = walk.fold(event);
    if (!points) return std::unexpected(points.error());
    for (const Checkpoint& point : *points) {
      if (!visit(point, walk.state())) return {};
    }
  }
  return {};
}

std::vector<std::string> ended_steps(const Graph& graph, const RunState& state) {
  std::vector<std::string> keys;
  for (StepIndex step = 0; step < graph.steps.size(); ++step) {
    if (state.steps[step].settled && !state.steps[step].left_open) keys.push_back(graph.steps[step].key);
  }
  return keys;
}

}  // namespace callboard::run
