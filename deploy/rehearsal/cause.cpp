#include "deploy/rehearsal/cause.hpp"

#include <algorithm>
#include <utility>

#include "deploy/rehearsal/tick.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/known_events.hpp"

namespace callboard::rehearsal {
namespace {

using workflow::Triggers;

std::unexpected<Fault> refuse(std::string path, std::string message) {
  return std::unexpected(Fault{std::move(path), std::move(message)});
}

/// All that starts the workflow: "it listens to github push, webhook deploys".
std::string what_listens(const Triggers& triggers) {
  std::string out;
  const auto add = [&](const std::string& one) { out += (out.empty() ? "" : ", ") + one; };
  for (const workflow::EventTrigger& trigger : triggers.events) {
    for (const std::string& event : trigger.events) add(trigger.source + " " + event);
  }
  for (const workflow::ScheduleTrigger& trigger : triggers.schedules)
    add(std::string(workflow::kSchedule) + " " + trigger.times.id());
  return "it listens to " + (out.empty() ? "nothing" : out);
}

/// The only event of GitHub that the workflow listens to and that the payload's action allows; empty if there
/// are none or several.
std::string guess_github_event(const Triggers& triggers, const Value& payload) {
  std::vector<std::string> fitting;
  for (const workflow::EventTrigger& trigger : triggers.events) {
    if (trigger.source != workflow::kGitHub) continue;
    for (const std::string& event : trigger.events) {
      std::string name = workflow::github_event_name(event.substr(0, event.find('.')), payload);
      if ((event == name || !event.contains('.')) && std::ranges::find(fitting, name) == fitting.end())
        fitting.push_back(std::move(name));
    }
  }
  return fitting.size() == 1 ? fitting.front() : "";
}

std::string guess_event(const Triggers& triggers, const Stubs& stubs) {
  const Value& payload = *stubs.event;
  if (stubs.source == workflow::kLinear) return workflow::linear_event_name(payload);
  if (stubs.source == workflow::kWorkflowEnds) return workflow::run_end_event_name(payload);
  if (stubs.source == workflow::kWebhook) return triggers.webhook ? triggers.webhook->path : "";
  return guess_github_event(triggers, payload);
}

std::unexpected<Fault> refuse_nameless(const Triggers& triggers, std::string_view source) {
  std::string what =
      "the payload does not tell which event it is, expected a name such as pull_request.opened";
  if (source == workflow::kWebhook) what = "the workflow does not listen to a webhook";
  if (source == workflow::kWorkflowEnds)
    what =
        "the payload does not tell which run's end it is, expected run.workflow and run.state, or a name "
        "such "
        "as nightly.completed";
  return refuse(source == workflow::kWebhook ? "source" : "event", what + ": " + what_listens(triggers));
}

/// As given (the action may be the payload's), or as the payload and the triggers say. The payload of a run's
/// end names it always.
std::expected<std::string, Fault> find_event(const Triggers& triggers, const Stubs& stubs) {
  const std::string& given = stubs.event_name;
  if (const std::string wrong = workflow::find_misspelling(stubs.source, given); !wrong.empty())
    return refuse("eventName", "found \"" + given + "\": " + wrong);
  if (!given.empty() && stubs.source != workflow::kWorkflowEnds)
    return workflow::full_event_name(stubs.source, given, *stubs.event);
  std::string found = guess_event(triggers, stubs);
  if (given.empty() && found.empty()) return refuse_nameless(triggers, stubs.source);
  if (given.empty()) return found;
  if (!found.empty() && found != given)
    return refuse("eventName", "the payload is that of " + found + ", and not of " + given);
  return given;
}

/// A webhook's key is made before anything is asked of its trigger, as where it comes in.
std::expected<void, Fault> make_key(const Triggers& triggers, Cause& cause) {
  const bool is_listened = triggers.webhook && triggers.webhook->path == cause.event_name;
  if (cause.source != workflow::kWebhook || !is_listened) return {};
  auto key = workflow::find_idempotency_key(*triggers.webhook, *cause.event, {});
  if (!key) return refuse("event", "the idempotency key can't be made: " + key.error().message);
  cause.idempotency_key = *std::move(key);
  return {};
}

std::expected<void, Fault> ask_triggers(const Triggers& triggers, Cause& cause) {
  const std::string named = cause.source + " " + cause.event_name;
  const workflow::EventFacts facts(cause.source, cause.event_name, *cause.event);
  const auto match = workflow::match(triggers, facts);
  if (!match) return refuse("event", match.error().message);
  cause.starts = match->starts;
  cause.told = named;
  if (!match->listens) {
    cause.told = "the workflow does not listen to " + named + ": " + what_listens(triggers);
  } else if (!match->starts) {
    cause.told += ": " + match->detail;
  } else if (match->needs_approval) {
    cause.told += " (it comes from a fork: once a person has approved the run)";
  }
  cause.untrusted = facts.is_from_fork() && !match->needs_approval;
  return {};
}

/// Of a batch the run's event are the events that were gathered, here this one alone.
void gather(const Triggers& triggers, Cause& cause) {
  if (!triggers.holding || triggers.holding->kind != workflow::Holding::Kind::batch) return;
  cause.event = std::make_shared<const Value>(Object{{"events", Array{*cause.event}}, {"count", 1}});
}

std::expected<Cause, Fault> find_event_cause(const workflow::Compiled& compiled, const Stubs& stubs,
                                             Time begin) {
  auto name = find_event(compiled.triggers, stubs);
  if (!name) return std::unexpected(name.error());
  Cause out{.told = {},
            .source = stubs.source,
            .event_name = *std::move(name),
            .event = std::make_shared<const Value>(*stubs.event),
            .at = begin,
            .idempotency_key = {}};
  if (auto made = make_key(compiled.triggers, out); !made) return std::unexpected(made.error());
  if (auto asked = ask_triggers(compiled.triggers, out); !asked) return std::unexpected(asked.error());
  gather(compiled.triggers, out);
  return out;
}

std::expected<Cause, Fault> find_tick_cause(const workflow::Compiled& compiled, const Stubs& stubs,
                                            Time start) {
  if (stubs.event || !stubs.event_name.empty())
    return refuse(stubs.event ? "event" : "eventName",
                  "a schedule's run has no event but its tick, which is made of its time");
  if (compiled.triggers.schedules.empty())
    return refuse("source", "the workflow has no schedule: " + what_listens(compiled.triggers));
  Tick tick = find_tick(compiled, {.at = stubs.at, .now = stubs.now, .start = start});
  return Cause{.starts = tick.starts,
               .told = std::move(tick.told),
               .source = stubs.source,
               .event_name = std::string(workflow::kTick),
               .event = std::make_shared<const Value>(std::move(tick.payload)),
               .at = tick.fired,
               .idempotency_key = {}};
}

}  // namespace

std::expected<Cause, Fault> find_cause(const workflow::Compiled& compiled, const Stubs& stubs, Time start) {
  if (stubs.source == workflow::kSchedule) return find_tick_cause(compiled, stubs, start);
  if (stubs.at) return refuse("at", "the time of a tick goes with the source schedule alone");
  const Time begin = stubs.now.value_or(start);
  if (stubs.event) return find_event_cause(compiled, stubs, begin);
  if (!stubs.event_name.empty() || stubs.source != workflow::kGitHub)
    return refuse(stubs.event_name.empty() ? "source" : "eventName",
                  "an event's source and name go with its payload");
  return Cause{.told = "started by hand",
               .source = "api",
               .event_name = {},
               .event = nullptr,
               .at = begin,
               .idempotency_key = {}};
}

}  // namespace callboard::rehearsal
