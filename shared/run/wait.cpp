#include "shared/run/wait.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/held_params.hpp"
#include "shared/run/listening.hpp"
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

/// One of {signal}, {event} and {until}. The step has the rules of its events (Step::awaits).
Result<void> add(const Value& of, Awaited& awaited) {
  const Value* const signal = find(&of, "signal");
  const Value* const until = find(&of, "until");
  const Value* const event = find(&of, "event");
  if ((signal != nullptr) + (until != nullptr) + (event != nullptr) != 1)
    return fail(ErrorCode::invalid,
                "wait: found " + write_json(of) + ", expected one of `signal`, `event` and `until`");
  if (event != nullptr) return {};
  return signal != nullptr ? add_signal(*signal, awaited) : add_time(*until, awaited);
}

/// A time, or how long before the step's begin.
Result<void> add_since(const Value& since, Time begin, Awaited& awaited) {
  const std::string text(since.is_string() ? std::string(since.get_string()) : std::string());
  if (const auto back = parse_duration(text)) {
    awaited.since = begin - *back;
  } else if (const auto time = parse_time(text)) {
    awaited.since = *time;
  } else {
    return fail(ErrorCode::invalid, "wait: `since` is " + write_json(since) +
                                        ", expected a time such as \"2026-01-31T08:00:00Z\" or how long "
                                        "before the step's begin, such as \"10m\"");
  }
  return {};
}

Result<Awaited> read_what(const Value& params, Awaited awaited) {
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

Result<Awaited> read_params(const Step& step, const Value& params, Time begin) {
  Awaited awaited{.signals = {}, .events = {}, .until = {}, .since = begin};
  for (const EventRule& rule : step.awaits) awaited.events.push_back(rule.text);
  if (const Value* const since = find(&params, "since")) {
    if (auto added = add_since(*since, begin, awaited); !added) return std::unexpected(added.error());
  }
  return read_what(params, std::move(awaited));
}

/// An event's result stands in the fact that told of it.
std::string write_signal(const PendingSignal& pending) {
  if (!pending.signal.target.empty()) return pending.signal.data;
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

/// An event is older than the fact that tells of it.
Time came_at(const PendingSignal& pending) {
  if (pending.signal.target.empty()) return pending.at;
  const auto data = read_json(pending.signal.data);
  return parse_time(data ? find_text(&*data, "receivedAt") : "").value_or(pending.at);
}

/// The oldest signal of one of the names that nobody has taken, or an event that was taken for the step.
const Entry* find_signal(const Round& round, StepIndex step, const std::vector<std::string>& names) {
  const bool awaits = !step_of(round.graph, round.state, step).awaits.empty();
  const std::string target = awaits ? wait_target(round.graph, round.state, step) : std::string();
  const Entry* oldest = nullptr;
  for (const Entry& entry : round.state.signals) {
    const Signal& signal = entry.second.signal;
    const bool is_awaited = signal.target.empty() ? std::ranges::find(names, signal.name) != names.end()
                                                  : signal.target == target;
    if (!is_awaited || is_taken(round, entry.first)) continue;
    if (oldest == nullptr || came_at(entry.second) < came_at(oldest->second)) oldest = &entry;
  }
  return oldest;
}

std::string describe(const Awaited& awaited) {
  std::string out;
  for (const std::string& name : awaited.signals)
    out += (out.empty() ? "no signal \"" : " or \"") + name + "\"";
  for (const std::string& event : awaited.events) out += (out.empty() ? "no event " : " or event ") + event;
  return out + " came";
}

void fail_of_too_many(Round& round, StepIndex step) {
  round.fail_step(step, ErrorClass::validation,
                  "wait: more than " + std::to_string(limits::kLookBackEvents) +
                      " events came after `since`, expected a later time");
}

}  // namespace

bool is_signal_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes && std::ranges::all_of(name, is_name_letter);
}

Result<Awaited> read_awaited(const Graph& graph, const RunState& state, StepIndex step) {
  const auto params = render_held_params(graph, state, step);
  if (!params) return fail(ErrorCode::invalid, params.error().message);
  return read_params(step_of(graph, state, step), *params, begin_of(graph, state, step));
}

void end_in_timeout(Round& round, StepIndex step, const Value& params, std::string message) {
  if (find_text(&params, "onTimeout") == "continue") return round.complete_step(step, R"({"timedOut":true})");
  round.fail_step(step, ErrorClass::timeout, std::move(message));
}

void decide_wait(Round& round, StepIndex step) {
  const auto params = render_held_params(round.graph, round.state, step);
  const Step& definition = step_of(round.graph, round.state, step);
  const Time begin = begin_of(round.graph, round.state, step);
  const auto awaited =
      params ? read_params(definition, *params, begin) : Result<Awaited>(std::unexpected(params.error()));
  if (!awaited) return round.fail_step(step, ErrorClass::validation, awaited.error().message);
  const Entry* const signal = find_signal(round, step, awaited->signals);
  const bool is_time_first = awaited->until && *awaited->until <= round.outlook.now &&
                             (signal == nullptr || *awaited->until < came_at(signal->second));
  if (is_time_first) return round.complete_step(step, R"({"at":")" + format_time(*awaited->until) + "\"}");
  if (signal != nullptr) {
    Decision consumed = round.about(EventType::signal_consumed, step);
    consumed.consumes = {signal->first};
    round.list.push_back(std::move(consumed));
    if (tells_of_too_many(signal->second.signal)) return fail_of_too_many(round, step);
    return round.complete_step(step, write_signal(signal->second));
  }
  const Time deadline = wait_deadline(round.graph, round.state, step);
  if (deadline <= round.outlook.now) {
    return end_in_timeout(round, step, *params,
                          describe(*awaited) + " within " + format_duration(definition.timeout));
  }
  if (!definition.awaits.empty())
    round.decided.listens.push_back(listen_for_wait(round.graph, round.state, step, awaited->since));
  round.decided.timers.push_back({std::min(deadline, awaited->until.value_or(deadline)), step});
}

}  // namespace callboard::run
