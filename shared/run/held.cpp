#include "shared/run/held.hpp"

#include <algorithm>

#include "shared/run/sleep.hpp"
#include "shared/run/wait.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

void decide_sleep(Round& round, StepIndex step) {
  const auto wake = wake_time(round.graph, round.state, step);
  if (!wake) {
    round.fail_step(step, ErrorClass::validation, wake.error().message);
  } else if (*wake > round.outlook.now) {
    round.decided.timers.push_back({*wake, step});
  } else {
    round.complete_step(step, "{}");
  }
}

std::string write_signal(const PendingSignal& pending) {
  std::string out = "{\"name\":";
  append_json_string(out, pending.signal.name);
  out += ",\"data\":" + pending.signal.data + ",\"receivedAt\":\"" + format_time(pending.at) + "\"}";
  return out;
}

bool is_taken(const Round& round, const std::string& key) {
  for (const Decision& decision : round.list) {
    if (std::ranges::find(decision.consumes, key) != decision.consumes.end()) return true;
  }
  return false;
}

/// The oldest signal of the name that nobody has taken.
const std::pair<const std::string, PendingSignal>* find_signal(const Round& round, const std::string& name) {
  const std::pair<const std::string, PendingSignal>* oldest = nullptr;
  for (const auto& entry : round.state.signals) {
    if (entry.second.signal.name != name || is_taken(round, entry.first)) continue;
    if (oldest == nullptr || entry.second.at < oldest->second.at) oldest = &entry;
  }
  return oldest;
}

void decide_wait(Round& round, StepIndex step) {
  const auto name = awaited_signal(round.graph, round.state, step);
  if (!name) return round.fail_step(step, ErrorClass::validation, name.error().message);
  if (const auto* const signal = find_signal(round, *name)) {
    Decision consumed = round.about(EventType::signal_consumed, step);
    consumed.consumes = {signal->first};
    round.list.push_back(std::move(consumed));
    return round.complete_step(step, write_signal(signal->second));
  }
  const Time until = wait_deadline(round.graph, round.state, step);
  if (until > round.outlook.now) return round.decided.timers.push_back({until, step});
  round.fail_step(step, ErrorClass::timeout,
                  "no signal \"" + *name + "\" came within " +
                      format_duration(step_of(round.graph, round.state, step).timeout));
}

}  // namespace

void decide_held(Round& round, StepIndex step) {
  if (step_of(round.graph, round.state, step).executor == "wait") {
    decide_wait(round, step);
  } else {
    decide_sleep(round, step);
  }
}

}  // namespace callboard::run
