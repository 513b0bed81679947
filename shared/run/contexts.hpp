#pragma once

#include <map>
#include <optional>

#include "shared/expression/contexts.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// What the expressions of one step (or, with kNoStep, of the run's outputs) see of a run. Parses inputs and
/// results when they are first asked for. `item` and `index` are those of an item of a map. Borrows graph and
/// state.
class RunContexts final : public expression::Contexts {
 public:
  RunContexts(const Graph& graph, const RunState& state, StepIndex step);

  const Value* find_context(std::string_view name) const override;
  const Value* find_step(std::string_view key) const override;
  const Value* find_step(std::size_t index) const override;
  bool status(expression::StatusFunction function) const override;
  /// When the step had all that it waited for; of the outputs, when the last event came.
  Time now() const override;

 private:
  const Value* find_item() const;
  const Value* find_run() const;
  StepIndex find_own(StepIndex step) const;
  bool is_stopped() const;
  bool is_below_failure() const;

  const Graph& graph_;
  const RunState& state_;
  StepIndex step_;
  mutable std::map<StepIndex, Value> steps_;
  mutable std::optional<Value> inputs_;
  mutable std::optional<Value> vars_;
  mutable std::optional<Value> run_;
  mutable std::optional<Value> index_;
  mutable std::shared_ptr<const Value> list_;  // of the item's map; shared with the run's state
};

}  // namespace callboard::run
