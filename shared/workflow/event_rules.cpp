#include "shared/workflow/event_rules.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "shared/base/time.hpp"
#include "shared/workflow/trigger_reader.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kSources = {kGitHub, kLinear, kWebhook, kWorkflowEnds};
constexpr std::array kOfGitHub = {"branches"sv,   "branchesIgnore"sv, "tags"sv,
                                  "tagsIgnore"sv, "paths"sv,          "pathsIgnore"sv};
constexpr std::array kOfSenders = {"labels"sv, "actors"sv, "actorsIgnore"sv, "bots"sv};

/// Reads one entry {github: …, if: …}.
class RuleReader {
 public:
  RuleReader(const Node& node, std::string path, Scope scope, ExpressionReader& expressions,
             Problems& problems)
      : node_(node),
        path_(std::move(path)),
        scope_(std::move(scope)),
        expressions_(expressions),
        problems_(problems) {}

  std::optional<run::EventRule> read() {
    const Node* const events = find_source();
    if (events == nullptr) return std::nullopt;
    refuse_filters(events->key);
    EventTrigger trigger = read_listened(events->key, *events, node_, path_, expressions_, problems_);
    if (node_.find("bots") == nullptr) trigger.filters.bots = true;
    run::EventRule out{.source = events->key, .keys = {}, .text = {}, .accepts = {}, .condition = {}};
    for (const std::string& event : trigger.events) {
      out.text += (out.text.empty() ? out.source + " " : " or ") + event;
      std::string key(listening_key(out.source, event));
      if (std::ranges::find(out.keys, key) == out.keys.end()) out.keys.push_back(std::move(key));
    }
    // Shared by the copies of the graph.
    out.accepts = [trigger = std::make_shared<const EventTrigger>(std::move(trigger))](
                      std::string_view source, std::string_view event, const Value& payload) {
      return listens(*trigger, source, event) &&
             !find_objection(trigger->filters, EventFacts(source, event, payload));
    };
    const Node* const condition = node_.find("if");
    if (condition != nullptr && (condition->is_text() || condition->kind == Node::Kind::boolean))
      out.condition = expressions_.condition(*condition, path_of(path_, "if"), scope_);
    return out;
  }

 private:
  const Node* find_source() {
    const Node* found = nullptr;
    for (const std::string_view source : kSources) {
      const Node* const events = node_.find(source);
      if (events == nullptr) continue;
      if (found != nullptr) {
        problems_.add(events->key_at, path_of(path_, source),
                      "found it beside " + found->key +
                          ", expected one of the two: give each an entry of its "
                          "own");
        return nullptr;
      }
      found = events;
    }
    if (found == nullptr)
      problems_.add(node_.at, path_, "found no event, expected one of github, linear, webhook and workflow");
    return found;
  }

  void refuse_filters(const std::string& source) {
    const auto refuse = [&](std::string_view field, std::string_view goes_with) {
      const Node* const node = node_.find(field);
      if (node == nullptr) return;
      problems_.add(node->key_at, path_of(path_, field),
                    "found it beside " + source + ", and it goes with " + std::string(goes_with) +
                        " alone: ask in the if");
    };
    if (source != kGitHub) {
      for (const std::string_view field : kOfGitHub) refuse(field, "github");
    }
    if (source != kGitHub && source != kLinear) {
      for (const std::string_view field : kOfSenders) refuse(field, "github and linear");
    }
  }

  const Node& node_;
  std::string path_;
  Scope scope_;
  ExpressionReader& expressions_;
  Problems& problems_;
};

bool is_within_bounds(const Node& node, std::size_t count, const std::string& path, Problems& problems) {
  if (count <= limits::kEventRules) return true;
  problems.add(
      node.at, path,
      "found " + std::to_string(count) + " events, expected at most " + std::to_string(limits::kEventRules));
  return false;
}

/// The entry as a text in which nothing is an expression.
Node as_text(const Node& entry) {
  Node out;
  out.kind = Node::Kind::text;
  out.key = entry.key;
  out.key_at = entry.key_at;
  out.at = out.end = entry.at;
  out.text = write_canonical(entry);
  std::erase(out.text, '$');
  return out;
}

void check_since(const Node& params, bool has_events, const std::string& path, Problems& problems) {
  const Node* const since = params.find("since");
  if (since == nullptr) return;
  if (!has_events)
    return problems.add(since->key_at, path_of(path, "since"), "since goes with an event alone");
  if (!since->is_text() || since->text.contains("${")) return;
  if (parse_duration(since->text) || parse_time(since->text)) return;
  problems.add(
      since->at, path_of(path, "since"),
      "found " + describe(*since) +
          ", expected a time such as 2026-01-31T08:00:00Z, or how long before the step's begin, such "
          "as 10m");
}

}  // namespace

std::set<std::string> awaited_workflows(const run::Graph& graph) {
  std::set<std::string> out;
  each_event_rule(graph, [&](const run::EventRule& rule) {
    if (rule.source != kWorkflowEnds) return;
    for (const std::string& event : rule.keys) out.insert(event.substr(0, event.rfind('.')));
  });
  return out;
}

std::vector<run::EventRule> read_cancel_on(const Node& root, ExpressionReader& expressions,
                                           Problems& problems) {
  std::vector<run::EventRule> out;
  const Node* const node = root.find("cancelOn");
  if (node == nullptr || !(node->is_list() || node->is_map())) return out;
  const Scope scope = {.place = "cancelOn", .steps = false};
  const auto read = [&](const Node& entry, const std::string& path) {
    if (!entry.is_map()) return;
    if (auto rule = RuleReader(entry, path, scope, expressions, problems).read())
      out.push_back(*std::move(rule));
  };
  if (node->is_map()) read(*node, "cancelOn");
  for (std::size_t i = 0; node->is_list() && i < node->children.size(); ++i)
    read(node->children[i], path_of("cancelOn", i));
  is_within_bounds(*node, out.size(), "cancelOn", problems);
  return out;
}

std::vector<run::EventRule> take_awaited_events(Node& params, const std::string& path, const Scope& scope,
                                                ExpressionReader& expressions, Problems& problems) {
  std::vector<run::EventRule> out;
  bool has_events = false;
  const auto take = [&](Node& of, const std::string& place) {
    for (Node& member : of.children) {
      if (!of.is_map() || member.key != "event") continue;
      has_events = true;
      if (member.is_map()) {
        Scope own = scope;
        own.place = "the if of an event";
        if (auto rule = RuleReader(member, path_of(place, "event"), own, expressions, problems).read())
          out.push_back(*std::move(rule));
      }
      member = as_text(member);
    }
  };
  take(params, path);
  for (Node& member : params.children) {
    if (member.key != "anyOf" || !member.is_list()) continue;
    for (std::size_t i = 0; i < member.children.size(); ++i)
      take(member.children[i], path_of(path_of(path, "anyOf"), i));
  }
  check_since(params, has_events, path, problems);
  is_within_bounds(params, out.size(), path, problems);
  return out;
}

}  // namespace callboard::workflow
