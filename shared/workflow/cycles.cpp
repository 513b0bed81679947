#include <algorithm>

#include "shared/workflow/shape.hpp"
#include "shared/workflow/steps.hpp"

namespace callboard::workflow {
namespace {

/// Depth first, without recursion; a step that is still open when it is met again closes a circle.
class CycleFinder {
 public:
  explicit CycleFinder(const std::vector<run::Step>& steps) : steps_(steps), seen_(steps.size(), Seen::no) {}

  /// The steps of each circle, each step before the one that waits for it.
  std::vector<std::vector<run::StepIndex>> run() {
    for (run::StepIndex start = 0; start < steps_.size(); ++start) {
      if (seen_[start] == Seen::no) visit(start);
    }
    return std::move(cycles_);
  }

 private:
  enum class Seen : std::uint8_t { no, open, done };
  struct Visit {
    run::StepIndex step;
    std::size_t next = 0;  // of its dependencies
  };

  void visit(run::StepIndex start) {
    open(start);
    while (!stack_.empty()) {
      Visit& top = stack_.back();
      const auto& dependencies = steps_[top.step].depends_on;
      if (top.next == dependencies.size()) {
        seen_[top.step] = Seen::done;
        stack_.pop_back();
        continue;
      }
      const run::StepIndex dependency = dependencies[top.next++];
      if (seen_[dependency] == Seen::no)
        open(dependency);
      else if (seen_[dependency] == Seen::open)
        note(dependency);
    }
  }

  void open(run::StepIndex step) {
    seen_[step] = Seen::open;
    stack_.push_back({step});
  }

  void note(run::StepIndex first) {
    auto& cycle = cycles_.emplace_back();
    for (auto at = stack_.rbegin(); at != stack_.rend(); ++at) {
      cycle.push_back(at->step);
      if (at->step == first) break;
    }
  }

  const std::vector<run::Step>& steps_;
  std::vector<Seen> seen_;
  std::vector<Visit> stack_;
  std::vector<std::vector<run::StepIndex>> cycles_;
};

}  // namespace

void check_cycles(const std::vector<ListedStep>& listed, const std::vector<run::Step>& steps,
                  Problems& problems) {
  for (std::vector<run::StepIndex>& cycle : CycleFinder(steps).run()) {
    if (problems.is_full()) return;
    // The step of the circle that the file names first begins it.
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    std::string text = "these steps wait for each other: ";
    for (const run::StepIndex step : cycle) text += steps[step].key + " -> ";
    text += steps[cycle.front()].key;
    const Node& first = *listed[cycle.front()].node;
    const Node* order = first.find("dependsOn");
    problems.add(order != nullptr ? order->key_at : first.at, listed[cycle.front()].path, text);
  }
}

}  // namespace callboard::workflow
