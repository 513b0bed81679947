#include "shared/run/listening.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "shared/run/cleanup.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/wait.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr std::string_view kResult = "/result";
constexpr std::string_view kCommand = "cmd/event-";
constexpr std::string_view kSignal = "signal/event-";
constexpr std::string_view kTooMany = "event:too-many";
constexpr std::size_t kUuidBytes = 36;
constexpr std::size_t kRestBytes = 1 * limits::kKiB;  // of a result, beside the payload

/// All that the run's expressions see, and the new event in the place of its own.
class EventContexts final : public expression::Contexts {
 public:
  EventContexts(const Graph& graph, const RunState& state, StepIndex step, const HeardEvent& event)
      : run_(graph, state, step), event_(event) {}

  const Value* find_context(std::string_view name) const override {
    static const Value kNone;
    if (name == "event") return event_.payload.get();
    if (name != "run.event") return run_.find_context(name);
    const Value* const own = run_.find_context("event");
    return own == nullptr ? &kNone : own;
  }
  const Value* find_step(std::string_view key) const override { return run_.find_step(key); }
  const Value* find_step(std::size_t index) const override { return run_.find_step(index); }
  bool status(expression::StatusFunction function) const override { return run_.status(function); }
  Time now() const override { return event_.at; }

 private:
  RunContexts run_;
  const HeardEvent& event_;
};

/// What a target names: g2, or g2/approve[3]/1.
struct Target {
  std::uint32_t generation = 0;
  std::string step{};  // empty: cancelOn
  std::optional<std::uint32_t> item{};
  std::uint32_t attempt = 0;
};

std::optional<Target> parse_target(std::string_view text) {
  if (!text.contains('/')) {
    Target out;
    if (!text.starts_with('g')) return std::nullopt;
    const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), out.generation);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
  }
  const std::string key_text = std::string(text) + std::string(kResult);
  const auto key = parse_key(key_text);
  if (!key || key->kind != KeyKind::result) return std::nullopt;
  return Target{key->generation, std::string(key->step), key->item, key->attempt};
}

bool holds(const Graph& graph, const RunState& state, StepIndex step, const std::vector<EventRule>& rules,
           const HeardEvent& event) {
  return std::ranges::any_of(rules, [&](const EventRule& rule) {
    if (rule.source != event.source || !rule.accepts(event.source, event.event, *event.payload)) return false;
    if (!rule.condition) return true;
    return expression::holds(*rule.condition, EventContexts(graph, state, step, event)).value_or(false);
  });
}

bool is_own(const RunState& state, const HeardEvent& event) {
  return state.created.delivery && *state.created.delivery == event.delivery;
}

/// What was committed together has one time: of those the ids tell the order in which they came.
bool came_before(const RunState& state, const HeardEvent& event) {
  if (event.at != state.begun_at) return event.at < state.begun_at;
  return event.delivery.uuid < (state.created.delivery ? state.created.delivery->uuid : state.id.uuid);
}

Hearing hear_cancel(const Graph& graph, const RunState& state, const Target& target,
                    const HeardEvent& event) {
  if (is_closed(state.phase) || state.closing || target.generation < state.generation) return Hearing::over;
  if (target.generation > state.generation || state.decisions == 0) return Hearing::not_yet;
  if (is_own(state, event) || came_before(state, event)) return Hearing::refuses;
  return holds(graph, state, kNoStep, graph.cancel_on, event) ? Hearing::takes : Hearing::refuses;
}

bool cleans_up(const Graph& graph, const RunState& state, StepIndex place) {
  return state.closing && std::ranges::count(find_free_cleanup(graph, state), place) > 0;
}

/// Whether the attempt waits. One whose `if` holds does, though no decision says so, and one that cleans up
/// beside steps which stay open until the run closes.
Hearing is_waiting(const Graph& graph, const RunState& state, StepIndex place, const Target& target) {
  const StepState& step = state.steps[place];
  if (run::is_closed(step.phase) || step.attempt > target.attempt) return Hearing::over;
  if (step.attempt < target.attempt) return Hearing::not_yet;
  const bool is_open =
      step.phase == StepPhase::pending || step.phase == StepPhase::blocked || step.phase == StepPhase::ready;
  if (is_open && cleans_up(graph, state, place)) return Hearing::takes;
  if (step.open_dependencies > 0) return Hearing::not_yet;
  switch (step.phase) {
    case StepPhase::ready:
    case StepPhase::retrying: return Hearing::takes;
    case StepPhase::blocked:
      return judge(graph, state, place).judgement == Judgement::runs ? Hearing::takes : Hearing::not_yet;
    case StepPhase::deciding: return Hearing::over;
    default: return Hearing::not_yet;
  }
}

bool has_heard_one(const RunState& state, std::string_view target) {
  return std::ranges::any_of(state.signals,
                             [&](const auto& entry) { return entry.second.signal.target == target; });
}

Hearing hear_wait(const Graph& graph, const RunState& state, std::string_view name, const Target& target,
                  const HeardEvent& event) {
  if (is_closed(state.phase) || target.generation < state.generation) return Hearing::over;
  const StepIndex step = graph.find(target.step);
  if (target.generation > state.generation || step == kNoStep) return Hearing::not_yet;
  const StepIndex place = find_place(state, step, target.item);
  if (place == kNoStep) return Hearing::not_yet;
  const Hearing waits = is_waiting(graph, state, place, target);
  if (waits != Hearing::takes) return waits;
  const auto awaited = read_awaited(graph, state, place);
  if (!awaited || is_own(state, event) || event.at < awaited->since) return Hearing::refuses;
  if (has_heard_one(state, name)) return Hearing::refuses;
  return holds(graph, state, place, step_of(graph, state, place).awaits, event) ? Hearing::takes
                                                                                : Hearing::refuses;
}

std::string write_result(const HeardEvent& event) {
  std::string out = "{\"event\":";
  append_json_string(out, event.event);
  out += ",\"delivery\":\"" + to_string(event.delivery) + "\",\"receivedAt\":\"" + format_time(event.at) +
         "\",\"payload\":";
  const std::string payload = write_json(*event.payload);
  if (payload.size() + kRestBytes <= limits::kResultBytes) return out + payload + "}";
  return out + "null,\"payloadBytes\":" + std::to_string(payload.size()) + "}";
}

}  // namespace

Listen listen_for_cancel(const RunState& state) {
  return {kNoStep, "g" + std::to_string(state.generation), state.begun_at};
}

std::string wait_target(const Graph& graph, const RunState& state, StepIndex step) {
  std::string key = result_key(key_of(graph, state, step), state.steps[step].attempt, state.generation);
  key.resize(key.size() - kResult.size());
  return key;
}

Listen listen_for_wait(const Graph& graph, const RunState& state, StepIndex step, Time since) {
  return {step, wait_target(graph, state, step), since};
}

const std::vector<EventRule>& rules_of(const Graph& graph, std::string_view target) {
  static const std::vector<EventRule> kNone;
  const auto parsed = parse_target(target);
  if (!parsed) return kNone;
  if (parsed->step.empty()) return graph.cancel_on;
  const StepIndex step = graph.find(parsed->step);
  return step == kNoStep ? kNone : graph.steps[step].awaits;
}

Hearing hear(const Graph& graph, const RunState& state, std::string_view target, const HeardEvent& event) {
  const auto parsed = parse_target(target);
  if (!parsed) return Hearing::over;
  return parsed->step.empty() ? hear_cancel(graph, state, *parsed, event)
                              : hear_wait(graph, state, target, *parsed, event);
}

EventRow tell_of(std::string_view target, const HeardEvent& event) {
  const std::string delivery = to_string(event.delivery);
  if (!target.contains('/')) {
    Command command{.name = "cancel", .actor = event.source};
    command.reason = event.source + " " + event.event + " came (delivery " + delivery + ")";
    command.generation = parse_target(target).value_or(Target{}).generation;
    return {std::string(kCommand) + delivery, EventType::command_received, encode_command(command)};
  }
  const Signal signal{
      .name = "event:" + event.event, .data = write_result(event), .target = std::string(target)};
  std::string place(target);
  std::ranges::replace(place, '/', '.');
  return {std::string(kSignal) + delivery + "-" + place, EventType::signal_received, encode_signal(signal)};
}

EventRow tell_of_too_many(std::string_view target) {
  const Signal signal{.name = std::string(kTooMany), .data = "null", .target = std::string(target)};
  std::string place(target);
  std::ranges::replace(place, '/', '.');
  return {signal_key("too-many-" + place), EventType::signal_received, encode_signal(signal)};
}

bool tells_of_too_many(const Signal& signal) { return signal.name == kTooMany && !signal.target.empty(); }

std::optional<ToldKey> find_told(std::string_view key) {
  const bool cancels = key.starts_with(kCommand);
  if (!cancels && !key.starts_with(kSignal)) return std::nullopt;
  key.remove_prefix(cancels ? kCommand.size() : kSignal.size());
  const auto delivery = parse_uuid(key.substr(0, kUuidBytes));
  if (!delivery) return std::nullopt;
  key.remove_prefix(kUuidBytes);
  const std::size_t first = key.find('.');
  if (cancels) return ToldKey{DeliveryId{*delivery}};
  if (first == std::string_view::npos) return std::nullopt;
  return ToldKey{DeliveryId{*delivery}, std::string(key.substr(first + 1, key.rfind('.') - first - 1))};
}

}  // namespace callboard::run
