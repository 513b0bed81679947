#include "shared/workflow/triggers.hpp"

#include <algorithm>

#include "shared/value/read.hpp"

namespace callboard::workflow {
namespace {

/// Nothing but the payload.
class EventContexts final : public expression::Contexts {
 public:
  explicit EventContexts(const Value& payload) : payload_(payload) {}

  const Value* find_context(std::string_view name) const override {
    return name == "event" ? &payload_ : nullptr;
  }
  const Value* find_step(std::string_view) const override { return nullptr; }
  const Value* find_step(std::size_t) const override { return nullptr; }
  bool status(expression::StatusFunction) const override { return false; }
  Time now() const override { return {}; }

 private:
  const Value& payload_;
};

bool covers(std::string_view rule, std::string_view event_name) {
  return event_name == rule || (event_name.starts_with(rule) && event_name[rule.size()] == '.');
}

bool listens(const EventTrigger& trigger, std::string_view source, std::string_view event_name) {
  return trigger.source == source && std::ranges::any_of(trigger.events, [&](const std::string& rule) {
           return covers(rule, event_name);
         });
}

}  // namespace

std::string github_event_name(std::string_view header, const Value& payload) {
  const std::string_view action = find_text(&payload, "action");
  return action.empty() ? std::string(header) : std::string(header) + "." + std::string(action);
}

std::string linear_event_name(const Value& payload) {
  return github_event_name(find_text(&payload, "type"), payload);
}

bool listens(const Triggers& triggers, std::string_view source, std::string_view event_name) {
  return std::ranges::any_of(
      triggers.events, [&](const EventTrigger& trigger) { return listens(trigger, source, event_name); });
}

Result<Match> match(const Triggers& triggers, std::string_view source, std::string_view event_name,
                    const Value& payload) {
  Match out;
  for (const EventTrigger& trigger : triggers.events) {
    if (!listens(trigger, source, event_name)) continue;
    out.listens = true;
    if (trigger.condition) {
      const auto holds = expression::holds(*trigger.condition, EventContexts(payload));
      if (!holds) return std::unexpected(holds.error());
      if (!*holds) {
        out.detail = trigger.condition->source();
        continue;
      }
    }
    out.starts = true;
    out.detail.clear();
    return out;
  }
  return out;
}

}  // namespace callboard::workflow
