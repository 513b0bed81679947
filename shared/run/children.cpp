#include "shared/run/children.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/held_params.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

/// What the step's params say.
struct Asked {
  std::string workflow;
  std::string inputs = "{}";
  bool waits = true;
  bool leaves = false;
};

Result<Asked> read_asked(const Graph& graph, const RunState& state, StepIndex step) {
  const auto params = render_held_params(graph, state, step);
  if (!params) return fail(ErrorCode::invalid, params.error().message);
  const auto refuse = [](std::string_view name, const Value* found, std::string_view expected) {
    return fail(ErrorCode::invalid, "workflow: `" + std::string(name) + "` is " +
                                        (found == nullptr ? "absent" : write_json(*found)) + ", expected " +
                                        std::string(expected));
  };
  Asked asked;
  const Value* const workflow = find(&*params, "workflow");
  if (workflow == nullptr || !workflow->is_string() || workflow->get_string().empty())
    return refuse("workflow", workflow, "the name of a workflow");
  asked.workflow = workflow->get_string();
  if (const Value* const inputs = find(&*params, "inputs"); inputs != nullptr && !inputs->is_null()) {
    if (!inputs->is_object()) return refuse("inputs", inputs, "an object");
    asked.inputs = write_json(*inputs);
  }
  if (const Value* const wait = find(&*params, "wait"); wait != nullptr) {
    if (!wait->is_bool()) return refuse("wait", wait, "true or false");
    asked.waits = wait->get_bool();
  }
  if (const Value* const on_cancel = find(&*params, "onCancel"); on_cancel != nullptr) {
    const bool is_text = on_cancel->is_string();
    asked.leaves = is_text && on_cancel->get_string() == "leave";
    if (!asked.leaves && !(is_text && on_cancel->get_string() == "cancel"))
      return refuse("onCancel", on_cancel, "cancel or leave");
  }
  return asked;
}

/// now() of the step; of an item when its map began, for an end that is folded late moves the item's own. Of
/// a further attempt the time at which that could begin.
Time time_of_child(const Graph& graph, const RunState& state, StepIndex step) {
  if (state.steps[step].attempt > 1) return state.steps[step].retry_at;
  if (!is_item(graph, step)) return begin_of(graph, state, step);
  return state.maps.at(root_of(graph, state, step)).begun_at;
}

std::optional<StartRun> ask(Round& round, StepIndex step, const RunId& id) {
  const auto asked = read_asked(round.graph, round.state, step);
  if (!asked) {
    round.fail_step(step, ErrorClass::validation, asked.error().message);
    return std::nullopt;
  }
  const StepState& state = round.state.steps[step];
  StartRun start{.step = step, .run = id, .workflow = asked->workflow};
  start.inputs = asked->inputs;
  start.leaves = asked->leaves;
  start.parent = Parent{.run = round.state.id,
                        .step = key_of(round.graph, round.state, step),
                        .attempt = state.attempt,
                        .generation = round.state.generation,
                        .awaits = asked->waits};
  // Who may go on without its parent can't stand on its place.
  if (asked->waits && !asked->leaves) start.shared_places = shared_places(round.state);
  if (asked->waits) start.places_above = places_held(round.state);
  return start;
}

void begin(Round& round, StepIndex step, const StartRun& asked) {
  Decision decision = round.about(EventType::step_started, step);
  decision.run = asked.run;
  decision.leaves = asked.leaves;
  round.list.push_back(std::move(decision));
  round.starts.push_back(asked.run);
  if (!asked.parent->awaits) round.complete_step(step, R"({"run":")" + to_string(asked.run) + "\"}");
}

void decide_ready_child(Round& round, StepIndex step) {
  if (auto refused = refuse_depth(round.state); !refused.empty())
    return round.fail_step(step, ErrorClass::validation, std::move(refused));
  const StepState& state = round.state.steps[step];
  const RunId id = child_id(round.state.id, key_of(round.graph, round.state, step), state.attempt,
                            round.state.generation, time_of_child(round.graph, round.state, step));
  const Prepared* const prepared = round.find_prepared(id);
  if (prepared == nullptr) {
    if (auto start = ask(round, step, id)) round.decided.starts.push_back(std::move(*start));
  } else if (prepared->problem) {
    round.fail_step(step, prepared->problem->error_class, prepared->problem->message);
  } else if (round.starts.size() >= limits::kRunsStartedAtOnce) {
    round.state.attention.push_back(step);  // its turn comes behind this row
  } else {
    begin(round, step, prepared->asked);
  }
}

Told make_command(const RunId& child, std::string id, std::string reason, bool is_timeout) {
  Command command{.name = "cancel", .actor = "parent"};
  command.reason = std::move(reason);
  command.is_timeout = is_timeout;
  return {child, command_key(id), EventType::command_received, encode_command(command)};
}

/// The command stays where it was, however often it is given.
void watch_time(Round& round, StepIndex step) {
  const StepState& state = round.state.steps[step];
  const Step& definition = step_of(round.graph, round.state, step);
  const Time deadline = state.started_at + definition.timeout;
  if (deadline > round.outlook.now) return round.decided.timers.push_back({deadline, step});
  const std::string key = key_of(round.graph, round.state, step);
  round.decided.tells.push_back(make_command(*state.child, "parent-timeout",
                                             "the step \"" + key + "\" of run " + to_string(round.state.id) +
                                                 " took longer than " + format_duration(definition.timeout),
                                             true));
}

/// Of a step that has begun one, and not ended.
bool has_open_child(const Graph& graph, const RunState& state, StepIndex step) {
  return step_of(graph, state, step).starts_child() && state.steps[step].child &&
         state.steps[step].phase == StepPhase::running;
}

/// A detached one goes on behind the end of its step.
bool may_have_detached_child(const Graph& graph, const RunState& state, StepIndex step) {
  return step_of(graph, state, step).starts_child() && state.steps[step].child && state.steps[step].decided &&
         state.steps[step].phase == StepPhase::completed;
}

std::string describe_end(const RunId& run, const StepError& error) {
  return "child run " + to_string(run) +
         (error.error_class == ErrorClass::cancelled ? " was cancelled: " : " failed: ") + error.message;
}

/// The row that cancels it may be the one that closes it.
StepError why_cancelled(const RunState& state, const std::vector<Decision>& list) {
  const auto cancels = std::ranges::find(list, EventType::run_cancelling, &Decision::type);
  if (cancels != list.end()) return cancels->error;
  return state.closing.value_or(StepError{ErrorClass::cancelled, "the run was cancelled"});
}

Outcome outcome_of(const RunState& state, const std::vector<Decision>& list) {
  const Decision& close = list.back();
  Outcome outcome;
  if (close.type == EventType::run_completed) {
    outcome.result = R"({"run":")" + to_string(state.id) + R"(","state":"completed","outputs":)" +
                     (close.value.empty() ? "null" : close.value) + "}";
    if (outcome.result.size() <= limits::kResultBytes) return outcome;
    outcome.result.clear();
    outcome.error = {ErrorClass::quota, "its outputs are larger than a result may be"};
  } else if (close.type == EventType::run_failed) {
    outcome.error = close.error;
  } else {
    outcome.error = why_cancelled(state, list);
  }
  outcome.type = EventType::step_failed;
  outcome.error.message = describe_end(state.id, outcome.error);
  return outcome;
}

}  // namespace

RunId child_id(const RunId& parent, std::string_view step, std::uint32_t attempt, std::uint32_t generation,
               Time at) {
  const Sha256 hash = sha256(to_string(parent) + "/" + result_key(step, attempt, generation));
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count());
  const auto name = parse_step_name(step);
  const std::uint32_t number = name ? name->item.value_or(0) : 0;
  static_assert(limits::kItems <= 1U << 14);
  RunId id = parent;  // version, variant and routing bits stay
  auto& bytes = id.uuid.bytes;
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  std::copy(hash.begin(), hash.begin() + 6, bytes.begin() + 10);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0xfc) | number >> 12);
  bytes[9] = static_cast<std::uint8_t>(number >> 4);
  bytes[10] = static_cast<std::uint8_t>((number & 0x0f) << 4 | (hash[6] & 0x0f));
  return id;
}

bool needs_place(const Created& created, std::uint32_t generation) {
  if (!created.group) return false;
  return generation > 1 ||
         std::ranges::find(created.shared_places, created.group->name) == created.shared_places.end();
}

std::vector<std::string> shared_places(const RunState& state) {
  std::vector<std::string> out;
  if (state.generation == 1) out = state.created.shared_places;
  if (needs_place(state.created, state.generation)) out.push_back(state.created.group->name);
  return out;
}

std::vector<std::string> places_held(const RunState& state) {
  std::vector<std::string> out = state.created.places_above;
  const auto& group = state.created.group;
  if (group && std::ranges::find(out, group->name) == out.end()) out.push_back(group->name);
  return out;
}

Result<void> fold_begun_child(const Graph& graph, RunState& state, StepIndex place, const Decision& decision,
                              Time at) {
  if (!step_of(graph, state, place).starts_child()) {
    return fail(ErrorCode::invalid, "step \"" + key_of(graph, state, place) +
                                        "\" starts no run: \"step.started\" of one can't follow");
  }
  state.steps[place].child = decision.run;
  state.steps[place].leaves_child = decision.leaves;
  return fold_begin(graph, state, place, at);
}

void decide_child(Round& round, StepIndex step) {
  if (round.state.steps[step].phase == StepPhase::running) {
    if (round.state.steps[step].child) watch_time(round, step);
  } else {
    decide_ready_child(round, step);
  }
}

bool awaits_cancelled_child(const Graph& graph, const RunState& state) {
  for (StepIndex step = 0; step < state.steps.size(); ++step) {
    if (has_open_child(graph, state, step) && !state.steps[step].leaves_child &&
        !outlives_cancel(graph, state, step))
      return true;
  }
  return false;
}

std::vector<Told> cancel_children(const Graph& graph, RunState& state, const StepError& closing) {
  std::vector<Told> out;
  const auto before = std::exchange(state.closing, closing);  // an `if` may ask for it
  const std::string id = "parent-" + to_string(state.id) + "-d" + std::to_string(state.decisions);
  for (StepIndex step = 0; step < state.steps.size(); ++step) {
    const bool is_there = has_open_child(graph, state, step) || may_have_detached_child(graph, state, step);
    if (!is_there || state.steps[step].leaves_child) continue;
    if (!is_closed(state.steps[step].phase) && outlives_cancel(graph, state, step)) continue;
    out.push_back(make_command(*state.steps[step].child, id,
                               "its parent, run " + to_string(state.id) + ", was cancelled", false));
  }
  state.closing = before;
  return out;
}

std::vector<Told> tell_parent(const RunState& state, const std::vector<Decision>& list) {
  const auto& parent = state.created.parent;
  if (!parent || !parent->awaits) return {};
  const Outcome outcome = outcome_of(state, list);
  return {{parent->run, result_key(parent->step, parent->attempt, parent->generation), outcome.type,
           encode_outcome(outcome)}};
}

std::string refuse_depth(const RunState& state) {
  const std::uint32_t depth = state.created.cause_depth + 1;
  if (depth <= limits::kCauseDepth) return {};
  return "cause depth: " + std::to_string(depth) +
         " runs would stand behind this child, one started by the other, and at most " +
         std::to_string(limits::kCauseDepth) +
         " may: a workflow that starts itself goes on with `continueAs`";
}

}  // namespace callboard::run
