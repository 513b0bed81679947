#include "shared/run/stored_state.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "shared/run/json_text.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload_parts.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

// A member that a state gains fails to compile here, until it is stored below (or named as one that is not).
[[maybe_unused]] void name_every_member(const StepState& step, const RunState& run) {
  [[maybe_unused]] const auto& [phase, attempt, generation, kept, decided, open_dependencies, settled,
                                left_open, below_failure, result, error, ready_at, started_at, closed_at,
                                retry_at, worker, usage, error_attempt, usage_attempt, started_attempt, child,
                                leaves_child, admitted, early] = step;
  // Not stored: id (beside it), event (the shell's), steps and items (beside it), workers_stopped,
  // turns_wanted, attention.
  [[maybe_unused]] const auto& [id, run_phase, decisions, later_decisions, created, event, steps, items, maps,
                                open_steps, failed, run_generation, queued, begun_at, opened_at, paused_for,
                                paused_at, paused, closing, closing_at, commands, signals, consumed,
                                later_facts, successor, continued_as, latest_at, run_closed_at, outputs,
                                run_error, workers_stopped, turns_wanted, attention, attention_run] = run;
}

// Stored names.
constexpr std::array<std::string_view, 12> kStepPhases{"pending",   "blocked",  "ready",   "running",
                                                       "retrying",  "deciding", "asking",  "judging",
                                                       "completed", "failed",   "skipped", "cancelled"};

void append_name(std::string& out, std::string_view name) { out.append(",\"").append(name).append("\":"); }

/// How each kind of member is written, and read; false: it is none.
void append_value(std::string& out, std::uint32_t value) { out += std::to_string(value); }
void append_value(std::string& out, bool value) { out += value ? "true" : "false"; }
void append_value(std::string& out, StepPhase phase) {
  append_json_string(out, kStepPhases.at(static_cast<std::size_t>(phase)));
}
void append_value(std::string& out, RunPhase phase) { append_json_string(out, to_string(phase)); }
void append_value(std::string& out, Time at) { append_json_string(out, format_time(at)); }
void append_value(std::string& out, Micros time) { append_json_string(out, std::to_string(time.count())); }
void append_value(std::string& out, const Incarnation& id) { append_json_string(out, to_string(id)); }
void append_value(std::string& out, const std::optional<RunId>& id) {
  append_json_string(out, to_string(*id));  // one that is none is not written
}
void append_value(std::string& out, const std::optional<Successor>& successor) {
  out += R"({"step":)" + std::to_string(successor->step);
  append_member(out, "run", to_string(successor->run));
  append_member(out, "definition", successor->definition);
  out += R"(,"inputs":)" + successor->inputs + "}";
}
void append_value(std::string& out, const StepError& error) {
  out += R"({"class":)";
  append_json_string(out, to_string(error.error_class));
  append_member(out, "message", error.message);
  out += '}';
}
void append_value(std::string& out, const Paused& paused) {
  out += R"({"person":)";
  append_value(out, paused.by_person);
  append_member(out, "by", paused.scope);
  append_member(out, "why", paused.why);
  out += '}';
}

bool read_value(std::string_view raw, std::uint32_t& value) {
  const auto number = number_of(raw);
  value = number.value_or(0);
  return number.has_value();
}
bool read_value(std::string_view raw, bool& value) {
  value = raw == "true";
  return value || raw == "false";
}
bool read_value(std::string_view raw, StepPhase& phase) {
  const auto name = std::ranges::find(kStepPhases, text_of(raw).value_or(""));
  if (name == kStepPhases.end()) return false;
  phase = static_cast<StepPhase>(name - kStepPhases.begin());
  return true;
}
bool read_value(std::string_view raw, RunPhase& phase) {
  const auto read = parse_run_phase(text_of(raw).value_or(""));
  if (read) phase = *read;
  return read.has_value();
}
bool read_value(std::string_view raw, Time& at) {
  const auto read = read_time(raw);
  if (read) at = *read;
  return read.has_value();
}
bool read_value(std::string_view raw, Micros& time) {
  const auto read = read_int64(raw);
  time = Micros(read.value_or(0));
  return read.has_value();
}
bool read_value(std::string_view raw, Incarnation& id) {
  const auto read = parse_id<Incarnation>(text_of(raw).value_or(""));
  if (read) id = *read;
  return read.has_value();
}
bool read_value(std::string_view raw, std::optional<RunId>& id) {
  id = parse_id<RunId>(text_of(raw).value_or(""));
  return id.has_value();
}
bool read_value(std::string_view raw, std::optional<Successor>& successor) {
  Successor read;
  std::optional<std::uint32_t> step;
  std::optional<RunId> run;
  std::string_view name;
  std::string_view part;
  for (RawMembers members(raw); members.next(name, part);) {
    if (name == "step") step = number_of(part);
    if (name == "run") run = parse_id<RunId>(text_of(part).value_or(""));
    if (name == "definition") read.definition = text_of(part).value_or("");
    if (name == "inputs") read.inputs = part;
  }
  if (!step || !run || read.definition.empty() || read.inputs.empty()) return false;
  read.step = *step;
  read.run = *run;
  successor = std::move(read);
  return true;
}
bool read_value(std::string_view raw, StepError& error) {
  auto read = read_error(raw);
  if (read) error = std::move(*read);
  return read.has_value();
}
bool read_value(std::string_view raw, Paused& paused) {
  std::string_view name;
  std::string_view part;
  for (RawMembers members(raw); members.next(name, part);) {
    if (name == "person") paused.by_person = part == "true";
    if (name == "by") paused.scope = text_of(part).value_or("");
    if (name == "why") paused.why = text_of(part).value_or("");
  }
  return paused.is_paused();
}

template <typename State>
struct Member {
  std::string_view name;
  void (*write)(std::string& out, std::string_view name, const State& state);
  bool (*read)(std::string_view raw, State& state);
};

template <typename State, auto kMember>
constexpr Member<State> member(std::string_view name) {
  return {name,
          [](std::string& out, std::string_view as, const State& state) {
            if (state.*kMember == State{}.*kMember) return;
            append_name(out, as);
            append_value(out, state.*kMember);
          },
          [](std::string_view raw, State& state) { return read_value(raw, state.*kMember); }};
}

/// JSON, or nothing, as it is.
template <typename State, auto kMember>
constexpr Member<State> json(std::string_view name) {
  return {name,
          [](std::string& out, std::string_view as, const State& state) {
            if (state.*kMember == State{}.*kMember) return;
            append_name(out, as);
            out += state.*kMember;
          },
          [](std::string_view raw, State& state) {
            state.*kMember = raw;
            return true;
          }};
}

constexpr std::array kStepMembers{
    member<StepState, &StepState::phase>("phase"),
    member<StepState, &StepState::attempt>("attempt"),
    member<StepState, &StepState::generation>("generation"),
    member<StepState, &StepState::kept>("kept"),
    member<StepState, &StepState::decided>("decided"),
    member<StepState, &StepState::open_dependencies>("openDependencies"),
    member<StepState, &StepState::settled>("settled"),
    member<StepState, &StepState::left_open>("leftOpen"),
    member<StepState, &StepState::below_failure>("belowFailure"),
    json<StepState, &StepState::result>("result"),
    member<StepState, &StepState::error>("error"),
    member<StepState, &StepState::ready_at>("readyAt"),
    member<StepState, &StepState::started_at>("startedAt"),
    member<StepState, &StepState::closed_at>("closedAt"),
    member<StepState, &StepState::retry_at>("retryAt"),
    member<StepState, &StepState::worker>("worker"),
    json<StepState, &StepState::usage>("usage"),
    member<StepState, &StepState::error_attempt>("errorAttempt"),
    member<StepState, &StepState::usage_attempt>("usageAttempt"),
    member<StepState, &StepState::started_attempt>("startedAttempt"),
    member<StepState, &StepState::child>("child"),
    member<StepState, &StepState::leaves_child>("leavesChild"),
    member<StepState, &StepState::admitted>("admitted"),
};

constexpr std::array kRunMembers{
    member<RunState, &RunState::phase>("phase"),
    member<RunState, &RunState::decisions>("decisions"),
    member<RunState, &RunState::open_steps>("openSteps"),
    member<RunState, &RunState::failed>("failed"),
    member<RunState, &RunState::generation>("generation"),
    member<RunState, &RunState::queued>("queued"),
    member<RunState, &RunState::begun_at>("begunAt"),
    member<RunState, &RunState::opened_at>("openedAt"),
    member<RunState, &RunState::paused>("paused"),
    member<RunState, &RunState::paused_for>("pausedFor"),
    member<RunState, &RunState::paused_at>("pausedAt"),
    member<RunState, &RunState::closing_at>("closingAt"),
    member<RunState, &RunState::latest_at>("latestAt"),
    member<RunState, &RunState::closed_at>("closedAt"),
    json<RunState, &RunState::outputs>("outputs"),
    member<RunState, &RunState::error>("error"),
    member<RunState, &RunState::successor>("successor"),
    member<RunState, &RunState::continued_as>("continuedAs"),
};

template <typename State, std::size_t kCount>
Result<void> read_member(const std::array<Member<State>, kCount>& members, std::string_view name,
                         std::string_view raw, State& state) {
  const auto found = std::ranges::find(members, name, &Member<State>::name);
  if (found != members.end() && found->read(raw, state)) return {};
  return fail(ErrorCode::invalid,
              "\"" + std::string(name) + "\" is no member of a state, or does not fit it");
}

Result<void> append_event(std::string& out, const Event& event) {
  if (!is_json(event.data)) return fail(ErrorCode::invalid, "event " + event.key + " is no JSON");
  out += R"({"key":)";
  append_json_string(out, event.key);
  append_member(out, "type", static_cast<std::uint32_t>(event.type));
  append_member(out, "writer", std::to_string(event.writer.value));
  append_member(out, "position", std::to_string(event.position));
  append_time(out, "at", event.at);
  append_name(out, "data");
  out.append(event.data).append("}");
  return {};
}

template <typename Events, typename EventOf>
Result<void> append_events(std::string& out, std::string_view name, const Events& events, EventOf event_of) {
  if (events.empty()) return {};
  append_name(out, name);
  out += '[';
  for (const auto& entry : events) {
    if (out.back() != '[') out += ',';
    if (auto appended = append_event(out, event_of(entry)); !appended) return appended;
  }
  out += ']';
  return {};
}

std::optional<EventType> read_event_type(std::string_view raw) {
  const std::uint32_t number = number_of(raw).value_or(0);
  const auto type = static_cast<EventType>(number);
  const bool is_known = static_cast<std::uint32_t>(type) == number && to_string(type) != "unknown";
  return is_known ? std::optional(type) : std::nullopt;
}

Result<Event> read_event(std::string_view raw, const RunId& run) {
  Event event;
  event.run = run;
  std::optional<EventType> type;
  std::optional<std::int64_t> writer;
  std::optional<std::int64_t> position;
  std::optional<Time> at;
  std::string_view name;
  std::string_view part;
  for (RawMembers members(raw); members.next(name, part);) {
    if (name == "key") event.key = text_of(part).value_or("");
    if (name == "type") type = read_event_type(part);
    if (name == "writer") writer = read_int64(part);
    if (name == "position") position = read_int64(part);
    if (name == "at") at = read_time(part);
    if (name == "data") event.data = part;
  }
  if (!type || !writer || !position || !at || event.data.empty() || !parse_key(event.key))
    return fail(ErrorCode::invalid, "an event that waits in a state is not whole");
  event.type = *type;
  event.writer.value = *writer;
  event.position = *position;
  event.at = *at;
  return event;
}

template <typename Take>
Result<void> read_events(std::string_view raw, const RunId& run, Take take) {
  std::string_view item;
  for (RawItems items(raw); items.next(item);) {
    auto event = read_event(item, run);
    if (!event) return std::unexpected(event.error());
    take(std::move(*event));
  }
  return {};
}

/// Commands and signals: {"key","at","payload"}, each payload as it stands in the log.
template <typename Pending, typename Encode>
void append_pending(std::string& out, std::string_view name, const std::map<std::string, Pending>& pending,
                    Encode encode) {
  if (pending.empty()) return;
  append_name(out, name);
  out += '[';
  for (const auto& [key, entry] : pending) {
    if (out.back() != '[') out += ',';
    out += R"({"key":)";
    append_json_string(out, key);
    append_time(out, "at", entry.at);
    append_name(out, "payload");
    out.append(encode(entry)).append("}");
  }
  out += ']';
}

template <typename Pending, typename Decode>
Result<void> read_pending(std::string_view raw, std::map<std::string, Pending>& pending, Decode decode) {
  std::string_view item;
  for (RawItems items(raw); items.next(item);) {
    std::string key;
    std::optional<Time> at;
    std::string_view payload;
    std::string_view name;
    std::string_view part;
    for (RawMembers members(item); members.next(name, part);) {
      if (name == "key") key = text_of(part).value_or("");
      if (name == "at") at = read_time(part);
      if (name == "payload") payload = part;
    }
    auto decoded = decode(payload);
    if (!decoded) return std::unexpected(decoded.error());
    if (key.empty() || !at) return fail(ErrorCode::invalid, "a command or signal of a state is not whole");
    pending.emplace(std::move(key), Pending{std::move(*decoded), *at});
  }
  return {};
}

/// Of maps that have begun: {"step" (its place in the file), "items", "opened", "at"}; their items stand
/// among the steps.
void append_maps(std::string& out, const std::map<StepIndex, MapState>& maps) {
  bool is_first = true;
  for (const auto& [step, map] : maps) {
    if (!map.has_begun) continue;
    if (is_first) append_name(out, "maps");
    out += is_first ? "[{\"step\":" : ",{\"step\":";
    is_first = false;
    out += std::to_string(step);
    append_member(out, "items", map.count);
    append_member(out, "opened", map.opened);
    append_time(out, "at", map.begun_at);
    out += '}';
  }
  if (!is_first) out += ']';
}

Result<void> read_maps(std::string_view raw, RunState& state) {
  std::string_view item;
  for (RawItems items(raw); items.next(item);) {
    MapState map{.has_begun = true};
    std::optional<std::uint32_t> step;
    std::optional<Time> at;
    std::string_view name;
    std::string_view part;
    for (RawMembers members(item); members.next(name, part);) {
      if (name == "step") step = number_of(part);
      if (name == "items") map.count = number_of(part).value_or(0);
      if (name == "opened") map.opened = number_of(part).value_or(0);
      if (name == "at") at = read_time(part);
    }
    if (!step || !at || map.count > limits::kItems || map.opened > map.count)
      return fail(ErrorCode::invalid, "a map of a state is not whole");
    map.begun_at = *at;
    map.places.assign(map.count, kNoStep);
    state.maps.insert_or_assign(*step, std::move(map));
  }
  return {};
}

/// The members of a run that are no plain values.
Result<void> read_list(std::string_view name, std::string_view raw, RunState& state) {
  if (name == "laterDecisions") {
    return read_events(raw, state.id, [&](Event event) {
      state.later_decisions.emplace(parse_key(event.key)->number, std::move(event));
    });
  }
  if (name == "laterFacts") {
    return read_events(raw, state.id, [&](Event event) {
      std::string key = event.key;
      state.later_facts.emplace(std::move(key), std::move(event));
    });
  }
  if (name == "maps") return read_maps(raw, state);
  if (name == "commands") return read_pending(raw, state.commands, decode_command);
  if (name == "signals") return read_pending(raw, state.signals, decode_signal);
  if (name == "consumed") {
    for (std::string& key : read_texts(raw)) state.consumed.insert(std::move(key));
    return {};
  }
  if (name == "closing") {
    state.closing = read_error(raw);
    return state.closing ? Result<void>() : fail(ErrorCode::invalid, "\"closing\" is no error");
  }
  auto created = decode_created(raw);
  if (!created) return std::unexpected(created.error());
  state.created = std::move(*created);
  return {};
}

constexpr std::array<std::string_view, 8> kLists{"laterDecisions", "laterFacts", "commands", "signals",
                                                 "consumed",       "closing",    "created",  "maps"};

}  // namespace

std::optional<std::int64_t> read_int64(std::string_view raw) {
  const std::string text = text_of(raw).value_or("");
  const char* const end = text.data() + text.size();
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

Result<std::string> write_step(const StepState& step) {
  std::string out;
  for (const auto& member : kStepMembers) member.write(out, member.name, step);
  if (auto early = append_events(out, "early", step.early, std::identity()); !early)
    return std::unexpected(early.error());
  return out;
}

Result<std::string> write_state(const RunState& state) {
  std::string out;
  if (state.decisions > 0) {
    append_name(out, "created");
    out += encode_created(state.created);
  }
  for (const auto& member : kRunMembers) member.write(out, member.name, state);
  if (state.closing) {
    append_name(out, "closing");
    append_value(out, *state.closing);
  }
  append_maps(out, state.maps);
  append_pending(out, "commands", state.commands,
                 [](const PendingCommand& entry) { return encode_command(entry.command); });
  append_pending(out, "signals", state.signals,
                 [](const PendingSignal& entry) { return encode_signal(entry.signal); });
  append_member(out, "consumed", {state.consumed.begin(), state.consumed.end()});
  const auto second = [](const auto& entry) -> const Event& { return entry.second; };
  if (auto later = append_events(out, "laterDecisions", state.later_decisions, second); !later)
    return std::unexpected(later.error());
  if (auto later = append_events(out, "laterFacts", state.later_facts, second); !later)
    return std::unexpected(later.error());
  return out;
}

Result<void> read_step_member(std::string_view name, std::string_view raw, const RunId& run,
                              StepState& step) {
  if (name != "early") return read_member(kStepMembers, name, raw, step);
  return read_events(raw, run, [&](Event event) { step.early.push_back(std::move(event)); });
}

Result<void> read_state_member(std::string_view name, std::string_view raw, RunState& state) {
  if (std::ranges::find(kLists, name) != kLists.end()) return read_list(name, raw, state);
  return read_member(kRunMembers, name, raw, state);
}

}  // namespace callboard::run
