#include "shared/workflow/triggers.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/expression/shown_reads.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/fields.hpp"

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

/// An action that a caller chose may have points of its own, so that a rule with an action is the whole name.
bool covers(std::string_view rule, std::string_view event_name) {
  if (event_name == rule) return true;
  return !rule.contains('.') && event_name.starts_with(rule) && event_name[rule.size()] == '.';
}

bool has_actions(std::string_view source) { return source == kGitHub || source == kLinear; }

/// if: event.ref == 'refs/heads/main' is false, event.ref is "refs/heads/dev"
std::string describe_false(const expression::Expression& condition, const EventContexts& contexts) {
  const std::string& source = condition.source();
  const std::size_t first = std::min(source.find_first_not_of(" \t\r\n"), source.size());
  const std::size_t end = source.find_last_not_of(" \t\r\n") + 1;
  std::string out = "if: " + source.substr(first, end - first) + " is false";
  if (const std::string found = expression::describe_reads(condition, contexts); !found.empty())
    out += ", " + found;
  if (out.size() <= limits::kVerdictBytes) return out;
  const std::string_view cut = std::string_view(out).substr(0, limits::kVerdictBytes);
  return std::string(cut.substr(0, utf8_prefix(cut))) + "…";
}

std::optional<std::string> check_schema(const WebhookTrigger& webhook, const Value& payload) {
  if (!webhook.schema) return std::nullopt;
  const auto faults = webhook.schema->check(payload);
  if (faults.empty()) return std::nullopt;
  return "schema: " + faults.front().pointer + ": " + faults.front().message;
}

}  // namespace

std::string_view listening_key(std::string_view source, std::string_view event) {
  return has_actions(source) ? event.substr(0, event.find('.')) : event;
}

std::set<std::string> listened_workflows(const Triggers& triggers) {
  std::set<std::string> out;
  for (const EventTrigger& trigger : triggers.events) {
    if (trigger.source != kWorkflowEnds) continue;
    for (const std::string& event : trigger.events) out.insert(event.substr(0, event.rfind('.')));
  }
  return out;
}

bool is_same_sender(const WebhookTrigger& a, const WebhookTrigger& b) {
  return a.scheme == b.scheme && a.secret == b.secret && a.header == b.header && a.prefix == b.prefix;
}

Result<std::string> find_idempotency_key(const WebhookTrigger& webhook, const Value& payload,
                                         std::string_view key_header_value) {
  if (!webhook.key) return std::string(key_header_value);
  const auto key = expression::render_text(*webhook.key, EventContexts(payload));
  if (!key) return std::unexpected(key.error());
  if (key->is_null()) return std::string();
  return key->is_string() ? std::string(key->get_string()) : write_json(*key);
}

std::string github_event_name(std::string_view header, const Value& payload) {
  const std::string_view action = find_text(&payload, "action");
  return action.empty() ? std::string(header) : std::string(header) + "." + std::string(action);
}

std::string linear_event_name(const Value& payload) {
  return github_event_name(find_text(&payload, "type"), payload);
}

std::string full_event_name(std::string_view source, std::string_view name, const Value& payload) {
  const bool lacks_action = has_actions(source) && !name.contains('.');
  return lacks_action ? github_event_name(name, payload) : std::string(name);
}

std::string run_end_event_name(const Value& payload) {
  const Value* const run = find(&payload, "run");
  const std::string_view workflow = find_text(run, "workflow");
  const std::string_view state = find_text(run, "state");
  if (workflow.empty() || state.empty()) return {};
  return std::string(workflow) + "." + std::string(state);
}

bool listens(const EventTrigger& trigger, std::string_view source, std::string_view event_name) {
  if (trigger.source != source) return false;
  if (!has_actions(source)) return std::ranges::count(trigger.events, event_name) > 0;
  return std::ranges::any_of(trigger.events,
                             [&](const std::string& rule) { return covers(rule, event_name); });
}

bool listens(const Triggers& triggers, std::string_view source, std::string_view event_name) {
  return std::ranges::any_of(
      triggers.events, [&](const EventTrigger& trigger) { return listens(trigger, source, event_name); });
}

Result<Match> match(const Triggers& triggers, const EventFacts& facts) {
  Match out;
  for (const EventTrigger& trigger : triggers.events) {
    if (!listens(trigger, facts.source(), facts.event())) continue;
    out.listens = true;
    auto objection = find_objection(trigger.filters, facts);
    if (!objection && trigger.source == kWebhook)
      objection = check_schema(*triggers.webhook, facts.payload());
    if (!objection && trigger.condition) {
      const EventContexts contexts(facts.payload());
      const auto holds = expression::holds(*trigger.condition, contexts);
      if (!holds) return std::unexpected(holds.error());
      if (!*holds) objection = describe_false(*trigger.condition, contexts);
    }
    if (!objection) {
      const bool needs_approval = trigger.filters.forks == Forks::approve && facts.is_from_fork();
      return Match{.listens = true, .starts = true, .detail = {}, .needs_approval = needs_approval};
    }
    if (!out.detail.empty()) out.detail += "; ";
    out.detail += *objection;
  }
  return out;
}

Result<Match> match(const Triggers& triggers, std::string_view source, std::string_view event_name,
                    const Value& payload) {
  return match(triggers, EventFacts(source, event_name, payload));
}

}  // namespace callboard::workflow
