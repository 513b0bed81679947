#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shared/run/decide.hpp"
#include "shared/run/items.hpp"

/// One call of decide: what its parts share.
namespace callboard::run {

struct Round {
  const Graph& graph;
  RunState& state;
  const Outlook& outlook;
  Decided decided{};
  std::vector<Decision> list{};
  std::vector<StepIndex> skipped{};  // by `list`, because of a failed ancestor
  std::vector<RunId> starts{};       // runs that are made with `list`
  StepIndex admits_step = kNoStep;   // by `list`

  /// Null: it was not asked for, or the answer is not there yet.
  const Prepared* find_prepared(const RunId& run) const {
    if (outlook.prepared == nullptr) return nullptr;
    const auto found = outlook.prepared->find(run);
    return found == outlook.prepared->end() ? nullptr : &found->second;
  }
  /// About a step or an item.
  Decision about(EventType type, StepIndex place) const {
    return {.type = type, .step = root_of(graph, state, place), .item = item_of(graph, state, place)};
  }
  void fail_step(StepIndex step, ErrorClass error_class, std::string message) {
    Decision decision = about(EventType::step_failed, step);
    decision.error = {error_class, std::move(message)};
    list.push_back(std::move(decision));
  }
  /// `why`: "\"condition\"" or "\"dependency\"".
  void skip_step(StepIndex step, std::string_view why) {
    Decision decision = about(EventType::step_skipped, step);
    decision.value = why;
    list.push_back(std::move(decision));
  }
  void complete_step(StepIndex step, std::string result) {
    Decision decision = about(EventType::step_completed, step);
    decision.value = std::move(result);
    list.push_back(std::move(decision));
  }
};

}  // namespace callboard::run
