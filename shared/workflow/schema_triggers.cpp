#include "shared/workflow/schema_triggers.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/workflow/event_facts.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/known_events.hpp"
#include "shared/workflow/schema_parts.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kWebhookPath = "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$";
constexpr std::string_view kSecretName = "^(?!CALLBOARD_)[A-Z][A-Z0-9_]*_(SECRET|TOKEN|KEY)$";
constexpr std::string_view kHeaderName = "^[A-Za-z0-9_-]{1,100}$";
/// Something is left of the workflow's name where the end is taken off.
constexpr std::string_view kRunEnd =
    R"(^(?![^A-Za-z0-9_.]*\.(completed|failed|cancelled)$)[^A-Za-z0-9_.]*[A-Za-z0-9_.])";
constexpr std::string_view kCron =
    R"(^[ \t]*(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[^ \t]+([ \t]+[^ \t]+){4,5})[ \t]*$)";
constexpr std::string_view kEventName = "[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?";
/// Behind a ! that may stand before it. Characters and sets may be repeated by ? and +.
constexpr std::string_view kGlob =
    R"((\*|(\\[\[\]?+*\\!]|\[([A-Za-z0-9](-[A-Za-z0-9])?)+\]|[^*?+\[\\\u0000-\u001f])[?+]?)+$)";

constexpr std::array kRefFilters = {"branches"sv, "tags"sv};
constexpr std::array kIgnored = {std::pair{"branches"sv, "branchesIgnore"sv},
                                 std::pair{"tags"sv, "tagsIgnore"sv}, std::pair{"paths"sv, "pathsIgnore"sv}};
constexpr std::array kSources = {kGitHub, kLinear, kWebhook, kWorkflowEnds};

using Has = bool (*)(const EventKind&);

/// The events that a filter goes with.
struct Filter {
  std::string_view name;
  Has has;
};
constexpr std::array kFilters = {
    Filter{"branches", [](const EventKind& kind) { return !kind.branch.empty(); }},
    Filter{"branchesIgnore", [](const EventKind& kind) { return !kind.branch.empty(); }},
    Filter{"tags", [](const EventKind& kind) { return !kind.tag.empty(); }},
    Filter{"tagsIgnore", [](const EventKind& kind) { return !kind.tag.empty(); }},
    Filter{"paths", [](const EventKind& kind) { return kind.paths; }},
    Filter{"pathsIgnore", [](const EventKind& kind) { return kind.paths; }},
    Filter{"labels", [](const EventKind& kind) { return !kind.labels.empty(); }},
};

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : "|").append(word);
  return out;
}

Object event_name(std::string_view source) {
  const std::string without_action = joined(events_without_action(source));
  const std::string begin = without_action.empty() ? "^" : "^(?!(" + without_action + R"()\.))";
  if (source != kGitHub) return matching(begin + std::string(kEventName) + "$");
  return matching(begin + "(" + std::string(kEventName) + "|" + std::string(kDispatched) +
                  R"(\.[A-Za-z0-9_)" + std::string(kDispatchedSigns) + "]{1," +
                  std::to_string(kDispatchedBytes) + "})$");
}

Object event_with(std::string_view source, Has has) {
  std::vector<std::string_view> names;
  for (const EventKind& kind : event_kinds()) {
    if (kind.source == source && has(kind)) names.push_back(kind.event);
  }
  return matching("^(" + joined(names) + R"()(\.|$))");
}

Object bounded(Object list) {
  list["maxItems"] = limits::kFilterEntries;
  return list;
}

/// Patterns for names; where they say what is wanted, one of them must be without !.
Object globs(bool of_refs, bool is_wanted) {
  const std::string glob(kGlob);
  const std::string one = std::string(of_refs ? "^(?!!?refs/)" : "^") + "!?" + glob;
  Object out = bounded(one_or_list(matching(one)));
  if (!is_wanted) return out;
  out["pattern"] = text((of_refs ? "^(?!refs/)(?!!)" : "^(?!!)") + glob);
  out["contains"] = matching("^(?!!)");
  return out;
}

/// The filters by themselves.
void add_filters(Object& entry, bool of_github) {
  for (const std::string_view name : {"labels"sv, "actors"sv, "actorsIgnore"sv})
    property(entry, name) = bounded({});
  if (!of_github) return;
  for (const auto& [wanted, ignored] : kIgnored) {
    const bool of_refs = std::ranges::count(kRefFilters, wanted) > 0;
    property(entry, wanted) = globs(of_refs, true);
    property(entry, ignored) = globs(of_refs, false);
  }
}

Object& beside(Object& entry, std::string_view field) {
  Value& all = entry["dependentSchemas"];
  if (!all.is_object()) all = Object();
  Value& out = all.get_object()[boost::json::string_view(field.data(), field.size())];
  if (!out.is_object()) out = Object();
  return out.get_object();
}

/// A filter and what it leaves out do not stand together.
void add_pairs(Object& entry) {
  for (const auto& [wanted, ignored] : kIgnored)
    add(beside(entry, wanted), {{"properties", members(std::array{ignored}, false)}});
}

Value trigger(std::string_view source) {
  Object out = event_name(source);
  property(out, "events") = one_or_list(event_name(source));
  add_filters(out, source == kGitHub);
  if (source == kGitHub) add_pairs(out);
  for (const Filter& filter : kFilters) {
    if (source != kGitHub && filter.name != "labels") continue;
    property(beside(out, filter.name), "events") = one_or_list(event_with(source, filter.has));
  }
  return out;
}

Value run_end_trigger() {
  Object out = matching(kRunEnd);
  property(out, "events") = one_or_list(matching(kRunEnd));
  return out;
}

/// An entry of cancelOn, and what a wait waits for: one source, and what goes with it.
Value event_rule() {
  Object out{{"oneOf", required_one(kSources)}};
  property(out, kGitHub) = one_or_list(event_name(kGitHub));
  property(out, kLinear) = one_or_list(event_name(kLinear));
  property(out, kWebhook) = one_or_list(matching(kWebhookPath));
  property(out, kWorkflowEnds) = one_or_list(matching(kRunEnd));
  add_filters(out, true);
  add_pairs(out);
  const Array senders = required_one(std::array{kGitHub, kLinear});
  for (const std::string_view field : {"labels"sv, "actors"sv, "actorsIgnore"sv, "bots"sv})
    beside(out, field)["anyOf"] = senders;
  for (const Filter& filter : kFilters) {
    Object& with = beside(out, filter.name);
    property(with, kGitHub) = one_or_list(event_with(kGitHub, filter.has));
    if (filter.name == "labels")
      property(with, kLinear) = one_or_list(event_with(kLinear, filter.has));
    else
      add(with, requires_field(kGitHub));
  }
  return rule({{"type", "object"}}, std::move(out));
}

Value schedule_trigger() {
  Object out = matching(kCron);
  property(out, "cron") = matching(kCron);
  return out;
}

/// A payload is an object: a schema that takes none is refused.
void add_payload_rules(Object& schema) {
  Object type{{"contains", Object{{"const", "object"}}}, {"pattern", "^object$"}};
  Object rules = reference("jsonSchema");
  property(rules, "type") = std::move(type);
  rules["not"] = Object{{"const", false}};
  add(schema, std::move(rules));
}

void add_webhook_rules(Object& webhook) {
  property(webhook, "path")["pattern"] = text(kWebhookPath);
  property(webhook, "secret")["pattern"] = text(kSecretName);
  for (const std::string_view header : {"header", "idempotencyHeader"})
    property(webhook, header)["pattern"] = text(kHeaderName);
  add_payload_rules(property(webhook, "schema"));
  webhook["if"] = has_text("scheme", Array{"none"});
  webhook["then"] = has_none_of(std::array{"secret"sv, "header"sv, "prefix"sv});
  webhook["else"] = requires_field("secret");
}

}  // namespace

void add_trigger_rules(Object& on) {
  constexpr std::array kDefinitions = {
      std::pair{kGitHub, "githubTrigger"sv}, std::pair{kLinear, "linearTrigger"sv},
      std::pair{kWorkflowEnds, "runEndTrigger"sv}, std::pair{kSchedule, "scheduleTrigger"sv}};
  for (const auto& [source, definition] : kDefinitions) {
    add(property(on, source), reference(definition));
    property(on, source)["items"] = reference(definition);
  }
  add(property(on, kSchedule), {{"maxItems", limits::kSchedules}, {"uniqueItems", true}});
  add_webhook_rules(property(on, kWebhook));
}

void add_trigger_definitions(Object& definitions) {
  definitions["githubTrigger"] = trigger(kGitHub);
  definitions["linearTrigger"] = trigger(kLinear);
  definitions["runEndTrigger"] = run_end_trigger();
  definitions["scheduleTrigger"] = schedule_trigger();
  definitions["eventRule"] = event_rule();
}

}  // namespace callboard::workflow
