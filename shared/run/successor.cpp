#include "shared/run/successor.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/children.hpp"
#include "shared/run/close.hpp"
#include "shared/run/held_params.hpp"
#include "shared/run/judge.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

std::string result_of(const RunId& run) { return R"({"run":")" + to_string(run) + "\"}"; }

/// Why this step can't say what the run goes on as; empty: it can.
std::string find_refusal(const Round& round) {
  if (round.state.created.parent && round.state.created.parent->awaits) {
    return "continueAs: run " + to_string(round.state.created.parent->run) +
           " awaits this one, and would not see it go on: start it with `wait: false`";
  }
  const bool is_said_now = std::ranges::any_of(round.list, [](const Decision& decision) {
    return decision.type == EventType::step_completed && decision.run;
  });
  if (!round.state.successor && !is_said_now) return {};
  return "continueAs: another step has said already what the run goes on as";
}

void ask(Round& round, StepIndex step, const RunId& id) {
  const auto params = render_held_params(round.graph, round.state, step);
  if (!params) return round.fail_step(step, ErrorClass::validation, params.error().message);
  StartRun start{.role = StartRun::Role::successor, .step = step, .run = id, .workflow = round.graph.slug};
  start.definition = round.graph.hash;
  if (const Value* const inputs = find(&*params, "inputs"); inputs != nullptr && !inputs->is_null()) {
    if (!inputs->is_object()) {
      return round.fail_step(step, ErrorClass::validation,
                             "continueAs: `inputs` is " + write_json(*inputs) + ", expected an object");
    }
    start.inputs = write_json(*inputs);
  }
  round.decided.starts.push_back(std::move(start));
}

/// As it is made; nothing while it is being made ready, or where it can't be made (then the run fails).
void close_and_go_on(Round& round, Decision close) {
  const Successor& successor = *round.state.successor;
  const Prepared* const prepared = round.find_prepared(successor.run);
  if (prepared == nullptr || prepared->asked.role != StartRun::Role::made) {
    StartRun start{.role = StartRun::Role::made, .run = successor.run, .workflow = {}};
    start.definition = successor.definition;
    start.inputs = successor.inputs;
    round.decided.starts.push_back(std::move(start));
    return;
  }
  if (prepared->problem) {
    close = {.type = EventType::run_failed};
    close.error = {prepared->problem->error_class, "continueAs: " + prepared->problem->message};
  } else {
    close.run = successor.run;
    round.starts.push_back(successor.run);
  }
  round.list.push_back(std::move(close));
}

}  // namespace

void fold_successor(RunState& state, StepIndex step, Decision& decision) {
  state.successor =
      Successor{step, *decision.run, std::move(decision.definition), std::move(decision.inputs)};
}

void keep_successor(RunState& state) {
  if (!state.successor) return;
  const StepState& step = state.steps[state.successor->step];
  if (!step.kept || step.phase != StepPhase::completed) state.successor.reset();
}

void decide_successor(Round& round, StepIndex step) {
  if (round.state.continued_as) return round.complete_step(step, result_of(*round.state.continued_as));
  if (auto refused = find_refusal(round); !refused.empty())
    return round.fail_step(step, ErrorClass::validation, std::move(refused));
  const StepState& state = round.state.steps[step];
  const RunId id = child_id(round.state.id, key_of(round.graph, round.state, step), state.attempt,
                            round.state.generation, begin_of(round.graph, round.state, step));
  const Prepared* const prepared = round.find_prepared(id);
  if (prepared == nullptr) return ask(round, step, id);
  if (prepared->problem)
    return round.fail_step(step, prepared->problem->error_class, prepared->problem->message);
  round.complete_step(step, result_of(id));
  round.list.back().run = id;
  round.list.back().definition = prepared->definition;
  round.list.back().inputs = prepared->inputs;
}

void close_run(Round& round) {
  Decision close = close_finished(round.graph, round.state);
  const bool goes_on =
      close.type == EventType::run_completed && round.state.successor && !round.state.continued_as;
  if (goes_on) return close_and_go_on(round, std::move(close));
  round.list.push_back(std::move(close));
}

}  // namespace callboard::run
