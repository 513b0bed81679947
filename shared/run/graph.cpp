#include "shared/run/graph.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace callboard::run {
namespace {

constexpr std::array<std::string_view, 12> kErrorClasses{"network", "auth",  "rate_limit", "validation",
                                                         "server",  "quota", "prompt",     "timeout",
                                                         "exit",    "lost",  "cancelled",  "internal"};

std::uint16_t bit(ErrorClass error_class) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(error_class));
}

bool may_travel(const Step& step) {
  return step.has_jobs() && step.effect != Effect::once && !step.throttle && !step.until;
}

/// An item has no order of its own, and is judged alone where its `if` reads the item.
Step make_body(const Step& map) {
  Step body = map;
  body.for_each.reset();
  body.condition = std::exchange(body.item_condition, std::nullopt);
  body.depends_on.clear();
  body.dependents.clear();
  body.next_in_line = kNoStep;
  return body;
}

/// The one step behind `step`, if the two are neighbours on a straight line that may travel as one job.
StepIndex find_next_in_line(const Graph& graph, const Step& step) {
  if (step.dependents.size() != 1 || !may_travel(step)) return kNoStep;
  const StepIndex next = step.dependents.front();
  const Step& follower = graph.steps[next];
  const bool straight = follower.depends_on.size() == 1 && !follower.condition && !follower.queue_timeout;
  return straight && may_travel(follower) && follower.pool == step.pool ? next : kNoStep;
}

}  // namespace

std::string_view to_string(ErrorClass error_class) {
  return kErrorClasses[static_cast<std::size_t>(error_class)];
}

std::optional<ErrorClass> parse_error_class(std::string_view text) {
  const auto found = std::ranges::find(kErrorClasses, text);
  if (found == kErrorClasses.end()) return std::nullopt;
  return static_cast<ErrorClass>(found - kErrorClasses.begin());
}

std::uint16_t default_retry_classes() {
  return static_cast<std::uint16_t>(
      bit(ErrorClass::network) | bit(ErrorClass::rate_limit) | bit(ErrorClass::timeout) |
      bit(ErrorClass::server) | bit(ErrorClass::lost) | bit(ErrorClass::internal) | bit(ErrorClass::exit));
}

bool asks_status(const Step& step) {
  return (step.condition && step.condition->reads().status_function) ||
         (step.item_condition && step.item_condition->reads().status_function);
}

StepIndex Graph::find(std::string_view key) const {
  const auto found = index.find(key);
  return found == index.end() ? kNoStep : found->second;
}

StepIndex find_begin_above(const Graph& graph, StepIndex step) {
  if (graph.steps[step].group_part == GroupPart::begin) step = graph.steps[step].group_end;
  const StepIndex end = graph.steps[step].group_end;
  return end == kNoStep ? kNoStep : graph.steps[end].group_begin;
}

bool may_outlive_cancel(const Graph& graph, StepIndex step) {
  if (graph.steps[step].group_part == GroupPart::end) step = graph.steps[step].group_begin;
  for (; step != kNoStep; step = find_begin_above(graph, step)) {
    if (asks_status(graph.steps[step])) return true;
  }
  return false;
}

namespace {

bool waits_for_signals(const Step& step) { return step.executor == "wait" || step.executor == "approval"; }

/// Kahn's order: a step's level is known once those of all it depends on are.
void find_levels(Graph& graph) {
  std::vector<std::size_t> open(graph.steps.size());
  graph.by_level.clear();
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
    graph.steps[i].level = 0;
    open[i] = graph.steps[i].depends_on.size();
    if (open[i] == 0) graph.by_level.push_back(i);
  }
  for (std::size_t at = 0; at < graph.by_level.size(); ++at) {
    const Step& step = graph.steps[graph.by_level[at]];
    for (const StepIndex dependent : step.dependents) {
      Step& below = graph.steps[dependent];
      below.level = std::max(below.level, step.level + 1);
      if (--open[dependent] == 0) graph.by_level.push_back(dependent);
    }
  }
}

}  // namespace

void link(Graph& graph, bool segments) {
  graph.index.clear();
  graph.outliving.clear();
  graph.waits.clear();
  graph.bodies.clear();
  for (Step& step : graph.steps) step.dependents.clear();
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
    if (const StepIndex undo = graph.steps[i].undo; undo != kNoStep) graph.steps[undo].undoes = i;
  }
  for (StepIndex i = 0; i < graph.steps.size(); ++i) {
    Step& step = graph.steps[i];
    graph.index.emplace(step.key, i);
    if (may_outlive_cancel(graph, i)) graph.outliving.push_back(i);
    if (step.held && waits_for_signals(step)) graph.waits.push_back(i);
    for (const StepIndex dependency : step.depends_on) graph.steps[dependency].dependents.push_back(i);
    if (!step.is_map()) continue;
    step.body = graph.bodies.size();
    graph.bodies.push_back(make_body(step));
  }
  find_levels(graph);
  for (Step& step : graph.steps) step.next_in_line = segments ? find_next_in_line(graph, step) : kNoStep;
}

}  // namespace callboard::run
