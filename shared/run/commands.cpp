#include "shared/run/commands.hpp"

#include <algorithm>
#include <tuple>

#include "shared/run/admission.hpp"
#include "shared/run/close.hpp"
#include "shared/run/rewind.hpp"

namespace callboard::run {
namespace {

struct Asked {
  const std::string* key;
  const PendingCommand* pending;
};

/// Commands of these names that are meant for this generation, in the order in which they came.
std::vector<Asked> find_commands(const RunState& state, std::initializer_list<std::string_view> names) {
  std::vector<Asked> out;
  for (const auto& [key, pending] : state.commands) {
    const std::uint32_t generation = pending.command.generation;
    const bool is_meant = generation == 0 || generation == state.generation;
    if (is_meant && std::ranges::find(names, pending.command.name) != names.end())
      out.push_back({&key, &pending});
  }
  std::ranges::sort(out, {}, [](const Asked& asked) { return std::tie(asked.pending->at, *asked.key); });
  return out;
}

std::vector<std::string> keys_of(const std::vector<Asked>& commands) {
  std::vector<std::string> keys;
  keys.reserve(commands.size());
  for (const Asked& asked : commands) keys.push_back(*asked.key);
  return keys;
}

/// They must name it.
std::vector<Asked> find_rewinds(const RunState& state) {
  std::vector<Asked> out = find_commands(state, {"retry", "rewind"});
  std::erase_if(out, [](const Asked& asked) { return asked.pending->command.generation == 0; });
  return out;
}

}  // namespace

std::optional<Decision> find_reason_to_cancel(const Round& round) {
  Decision decision{.type = EventType::run_cancelling};
  const RunState& state = round.state;
  if (const auto cancels = find_commands(state, {"cancel"}); !cancels.empty()) {
    decision.error = {ErrorClass::cancelled, "the run was cancelled"};
    const std::string& reason = cancels.front().pending->command.reason;
    if (!reason.empty()) decision.error.message += ": " + reason;
    if (cancels.front().pending->command.is_timeout) decision.error.error_class = ErrorClass::timeout;
    decision.consumes = keys_of(cancels);
    return decision;
  }
  const auto rewinds = find_rewinds(state);
  if (std::ranges::any_of(rewinds,
                          [](const Asked& asked) { return asked.pending->command.name == "rewind"; })) {
    decision.error = {ErrorClass::cancelled, "the run goes back to a checkpoint"};
    return decision;
  }
  if (state.phase == RunPhase::paused || round.outlook.now < deadline(round.graph, state))
    return std::nullopt;
  const std::string timeout = format_duration(timeout_of(round.graph, state));
  decision.error = {ErrorClass::timeout, "the run took longer than " + timeout};
  if (state.created.needs_approval)
    decision.error.message = "nobody approved the run within " + timeout;
  else if (state.queued)
    decision.error.message = "the run waited longer than " + timeout + " for " + describe_wait(state.created);
  return decision;
}

std::optional<Decision> find_approval(const Round& round) {
  if (!round.state.created.needs_approval) return std::nullopt;
  const auto asked = find_commands(round.state, {"approve"});
  if (asked.empty()) return std::nullopt;
  Decision decision{.type = EventType::run_approved};
  decision.consumes = keys_of(asked);
  return decision;
}

std::optional<Decision> find_pause_or_resume(const Round& round) {
  const auto asked = find_commands(round.state, {"pause", "resume"});
  Paused wanted{.by_person = round.state.paused.by_person};
  if (!asked.empty()) wanted.by_person = asked.back().pending->command.name == "pause";
  if (const Hold* const hold = round.outlook.hold) {
    wanted.scope = hold->scope;
    wanted.why = hold->why;
  }
  if (asked.empty() && wanted == round.state.paused) return std::nullopt;
  Decision decision{.type = wanted.is_paused() ? EventType::run_paused : EventType::run_resumed};
  decision.consumes = keys_of(asked);
  decision.paused = std::move(wanted);
  return decision;
}

void decide_asking(Round& round, StepIndex step) {
  const StepState& state = round.state.steps[step];
  const std::string asks = key_of(round.graph, round.state, step);
  for (const Asked& asked : find_commands(round.state, {"answer"})) {
    const Command& command = asked.pending->command;
    const bool is_meant = command.step == asks && command.attempt == state.attempt &&
                          command.generation == round.state.generation;
    if (!is_meant) continue;
    if (command.answer == "retry") {
      Decision decision = round.about(EventType::step_retry_scheduled, step);
      decision.attempt = state.attempt + 1;
      decision.at = asked.pending->at;
      round.list.push_back(std::move(decision));
    } else if (command.answer == "complete") {
      round.complete_step(step, command.result.empty() ? "null" : command.result);
    } else {
      round.fail_step(step, ErrorClass::lost, state.error.message);
    }
    round.list.back().consumes = {*asked.key};
    return;
  }
}

std::optional<Decision> find_rewind(const Graph& graph, const RunState& state) {
  const auto asked = find_rewinds(state);
  if (asked.empty()) return std::nullopt;
  const Command& last = asked.back().pending->command;
  Decision decision =
      last.name == "retry" ? rewind_for_retry(graph, state) : rewind_to(graph, state, last.keep);
  // Whatever else was asked of the generation that ends here is without effect in the next.
  for (const auto& [key, pending] : state.commands) decision.consumes.push_back(key);
  return decision;
}

bool is_to_be_rewound(const RunState& state) { return !find_rewinds(state).empty(); }

bool wants_rewind(const RunState& state) { return is_closed(state.phase) && is_to_be_rewound(state); }

}  // namespace callboard::run
