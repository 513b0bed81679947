#include "shared/run/wait.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/held_params.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr std::size_t kNameBytes = 100;

using Entry = std::pair<const std::string, PendingSignal>;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

std::string shown(const Value* value) { return value == nullptr ? "absent" : write_json(*value); }

Result<void> add_signal(const Value& signal, Awaited& awaited) {
  std::string name = signal.is_string() ? std::string(signal.get_string()) : std::string();
  if (!is_signal_name(name)) {
    return fail(ErrorCode::invalid,
                "wait: `signal` is " + write_json(signal) +
                    ", expected a name of letters, digits, '.', '_' and '-', at most 100");
  }
  awaited.signals.push_back(std::move(name));
  return {};
}

Result<void> add_time(const Value& until, Awaited& awaited) {
  const auto time =
      until.is_string() ? parse_time({until.get_string().data(), until.get_string().size()}) : std::nullopt;
  if (!time) {
    return fail(ErrorCode::invalid, "wait: `until` is " + write_json(until) +
                                        ", expected a time such as \"2026-01-31T08:00:00Z\"");
  }
  awaited.until = std::min(awaited.until.value_or(*time), *time);
  return {};
}

/// One of {signal} and {until}.
Result<void> add(const Value& of, Awaited& awaited) {
  const Value* const signal = find(&of, "signal");
  const Value* const until = find(&of, "until");
  if ((signal == nullptr) == (until == nullptr))
    return fail(ErrorCode::invalid,
                "wait: found " + write_json(of) + ", expected either `signal` or `until`");
  return signal != nullptr ? add_signal(*signal, awaited) : add_time(*until, awaited);
}

Result<Awaited> read_params(const Value& params) {
  Awaited awaited;
  const Value* const any_of = find(&params, "anyOf");
  if (any_of == nullptr) {
    if (auto added = add(params, awaited); !added) return std::unexpected(added.error());
    return awaited;
  }
  if (!any_of->is_array() || any_of->get_array().empty())
    return fail(ErrorCode::invalid, "wait: `anyOf` is " + shown(any_of) + ", expected a list");
  for (const Value& one : any_of->get_array()) {
    if (auto added = add(one, awaited); !added) return std::unexpected(added.error());
  }
  return awaited;
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

/// The oldest signal of one of the names that nobody has taken.
const Entry* find_signal(const Round& round, const std::vector<std::string>& names) {
  const Entry* oldest = nullptr;
  for (const Entry& entry : round.state.signals) {
    const bool is_awaited = std::ranges::find(names, entry.second.signal.name) != names.end();
    if (!is_awaited || is_taken(round, entry.first)) continue;
    if (oldest == nullptr || entry.second.at < oldest->second.at) oldest = &entry;
  }
  return oldest;
}

std::string describe(const Awaited& awaited) {
  std::string out;
  for (const std::string& name : awaited.signals)
    out += (out.empty() ? "no signal \"" : " or \"") + name + "\"";
  return out + " came";
}

}  // namespace

bool is_signal_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes && std::ranges::all_of(name, is_name_letter);
}

Result<Awaited> read_awaited(const Graph& graph, const RunState& state, StepIndex step) {
  const auto params = render_held_params(graph, state, step);
  if (!params) return fail(ErrorCode::invalid, params.error().message);
  return read_params(*params);
}

void end_in_timeout(Round& round, StepIndex step, const Value& params, std::string message) {
  if (find_text(&params, "onTimeout") == "continue") return round.complete_step(step, R"({"timedOut":true})");
  round.fail_step(step, ErrorClass::timeout, std::move(message));
}

void decide_wait(Round& round, StepIndex step) {
  const auto params = render_held_params(round.graph, round.state, step);
  const auto awaited = params ? read_params(*params) : Result<Awaited>(std::unexpected(params.error()));
  if (!awaited) return round.fail_step(step, ErrorClass::validation, awaited.error().message);
  const Entry* const signal = find_signal(round, awaited->signals);
  const bool is_time_first = awaited->until && *awaited->until <= round.outlook.now &&
                             (signal == nullptr || *awaited->until < signal->second.at);
  if (is_time_first) return round.complete_step(step, R"({"at":")" + format_time(*awaited->until) + "\"}");
  if (signal != nullptr) {
    Decision consumed = round.about(EventType::signal_consumed, step);
    consumed.consumes = {signal->first};
    round.list.push_back(std::move(consumed));
    return round.complete_step(step, write_signal(signal->second));
  }
  const Time deadline = wait_deadline(round.graph, round.state, step);
  if (deadline <= round.outlook.now) {
    return end_in_timeout(
        round, step, *params,
        describe(*awaited) + " within " + format_duration(step_of(round.graph, round.state, step).timeout));
  }
  round.decided.timers.push_back({std::min(deadline, awaited->until.value_or(deadline)), step});
}

}  // namespace callboard::run
