#include "shared/run/checkpoints.hpp"

#include "shared/run/fold.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::run {
namespace {

constexpr std::size_t kIdDigits = 16;

/// Each event's hash covers the one before it.
class Chain {
 public:
  void add(const Event& event) {
    std::string text = hash_ + '\n' + event.key + '\n';
    text += event.data;
    hash_ = to_hex(sha256(text));
  }
  std::string digits() const { return hash_.substr(0, kIdDigits); }

 private:
  std::string hash_;
};

/// How far the levels of the running generation have ended.
class Levels {
 public:
  explicit Levels(const Graph& graph) : graph_(graph) {}

  /// The levels that have ended since the last call, the lowest first.
  std::vector<std::uint32_t> ended(const RunState& state) {
    if (state.generation != generation_) {
      generation_ = state.generation;
      at_ = 0;
    }
    std::vector<std::uint32_t> out;
    while (at_ < graph_.by_level.size() && state.steps[graph_.by_level[at_]].settled) {
      const std::uint32_t level = graph_.steps[graph_.by_level[at_]].level;
      ++at_;
      const bool is_last = at_ == graph_.by_level.size() || graph_.steps[graph_.by_level[at_]].level > level;
      if (is_last) out.push_back(level);
    }
    return out;
  }

 private:
  const Graph& graph_;
  std::uint32_t generation_ = 1;
  std::size_t at_ = 0;
};

}  // namespace

Result<void> walk_checkpoints(const Graph& graph, const RunId& run, const std::vector<Event>& events,
                              const VisitCheckpoint& visit) {
  RunState state = make_state(graph, run);
  Levels levels(graph);
  Chain chain;
  for (const Event& event : events) {
    if (auto folded = fold(graph, state, event); !folded) return folded;
    chain.add(event);
    for (const std::uint32_t level : levels.ended(state)) {
      Checkpoint point{.id = {}, .generation = state.generation, .level = level};
      point.id = std::to_string(state.generation) + "." + std::to_string(level) + "." + chain.digits();
      point.position = event.position;
      point.decisions = state.decisions;
      point.at = event.at;
      if (!visit(point, state)) return {};
    }
  }
  return {};
}

std::vector<std::string> ended_steps(const Graph& graph, const RunState& state) {
  std::vector<std::string> keys;
  for (StepIndex step = 0; step < state.steps.size(); ++step) {
    if (state.steps[step].settled && !state.steps[step].left_open) keys.push_back(graph.steps[step].key);
  }
  return keys;
}

}  // namespace callboard::run
