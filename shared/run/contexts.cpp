#include "shared/run/contexts.hpp"

#include "shared/expression/casing.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/value/read.hpp"

namespace callboard::run {
namespace {

boost::json::string_view as_json(std::string_view text) { return {text.data(), text.size()}; }

/// Results were checked when they were folded, so what can't be read is a value that no expression can ask
/// for.
Value read_stored(std::string_view json) { return read_json(json).value_or(Value()); }

Value make_given_up(const RunState& state, StepIndex step) {
  return Object{{"result", nullptr},
                {"status", as_json(to_string(StepPhase::cancelled))},
                {"error",
                 {{"class", as_json(to_string(state.closing->error_class))},
                  {"message", as_json(state.closing->message)}}},
                {"attempts", attempts_made(state.steps[step])}};
}

Value make_step_context(const Graph& graph, const RunState& state, StepIndex place) {
  if (is_given_up(graph, state, place)) return make_given_up(state, place);
  const StepState& step = state.steps[place];
  Object context;
  context["result"] = read_stored(step.result);
  context["status"] = as_json(to_string(step.phase));
  if (step.phase == StepPhase::failed || step.phase == StepPhase::cancelled) {
    context["error"] = {{"class", as_json(to_string(step.error.error_class))},
                        {"message", as_json(step.error.message)}};
  } else {
    context["error"] = nullptr;
  }
  context["attempts"] = attempts_made(step);
  return context;
}

}  // namespace

RunContexts::RunContexts(const Graph& graph, const RunState& state, StepIndex step)
    : graph_(graph), state_(state), step_(step) {}

const Value* RunContexts::find_context(std::string_view name) const {
  if (name == "event") return state_.event.get();
  if (name == "inputs") {
    if (!inputs_) inputs_ = read_stored(state_.created.inputs);
    return &*inputs_;
  }
  if (name == "vars") {
    if (!vars_) vars_ = read_stored(state_.created.vars);
    return &*vars_;
  }
  if (name == "run") return find_run();
  if (name == "item") return find_item();
  if (name != "index" || step_ == kNoStep) return nullptr;
  if (const auto item = item_of(graph_, state_, step_)) index_ = *item;
  return index_ ? &*index_ : nullptr;
}

/// From the run's list where somebody has evaluated it.
const Value* RunContexts::find_item() const {
  const auto item = step_ == kNoStep ? std::nullopt : item_of(graph_, state_, step_);
  if (!item) return nullptr;
  const StepIndex map = root_of(graph_, state_, step_);
  if (!list_) list_ = state_.maps.at(map).list;
  if (!list_) list_ = std::make_shared<const Value>(evaluate_list(graph_, state_, map).value_or(Array()));
  const Array& list = list_->get_array();
  return *item < list.size() ? &list[*item] : nullptr;
}

const Value* RunContexts::find_run() const {
  if (!run_) {
    Object context;
    context["id"] = to_string(state_.id);
    context["name"] = graph_.name;
    context["attempt"] = state_.generation;
    context["createdAt"] = format_time(state_.created.created_at);
    context["event"] = state_.event ? *state_.event : Value();
    context["inputs"] = *find_context("inputs");
    run_ = std::move(context);
  }
  return &*run_;
}

const Value* RunContexts::find_step(std::string_view key) const {
  if (const StepIndex index = graph_.find(key); index != kNoStep) return find_step(std::size_t{index});
  const auto found = expression::find_only_without_case(graph_.steps, key, &Step::key);
  return found == graph_.steps.end() ? nullptr
                                     : find_step(static_cast<std::size_t>(found - graph_.steps.begin()));
}

const Value* RunContexts::find_step(std::size_t index) const {
  if (index >= graph_.steps.size()) return nullptr;
  const auto step = static_cast<StepIndex>(index);
  const auto found = steps_.find(step);
  if (found != steps_.end()) return &found->second;
  return &steps_.emplace(step, make_step_context(graph_, state_, find_own(step))).first->second;
}

/// A step sees itself in its `until` alone: an item its own attempt. The undo of an item sees that item.
StepIndex RunContexts::find_own(StepIndex step) const {
  if (step_ == kNoStep) return step;
  if (root_of(graph_, state_, step_) == step) return step_;
  if (step_of(graph_, state_, step_).undoes != step) return step;
  const StepIndex undone = find_place(state_, step, item_of(graph_, state_, step_));
  return undone == kNoStep ? step : undone;
}

bool RunContexts::status(expression::StatusFunction function) const {
  switch (function) {
    case expression::StatusFunction::success: return !is_stopped() && !is_below_failure();
    case expression::StatusFunction::failure: return !is_stopped() && is_below_failure();
    case expression::StatusFunction::always: return true;
    case expression::StatusFunction::cancelled: return state_.closing.has_value();
  }
  return false;
}

bool RunContexts::is_stopped() const {
  return step_ == kNoStep ? state_.closing.has_value() : is_stopped_by_cancel(graph_, state_, step_);
}

bool RunContexts::is_below_failure() const {
  if (step_ == kNoStep) return state_.failed;
  return run::is_below_failure(graph_, state_, root_of(graph_, state_, step_));
}

Time RunContexts::now() const {
  if (step_ != kNoStep && state_.steps[step_].phase == StepPhase::judging)
    return state_.steps[step_].retry_at;
  const Time begin = step_ == kNoStep ? Time{} : begin_of(graph_, state_, step_);
  return begin != Time{} ? begin : state_.latest_at;
}

}  // namespace callboard::run
