#include "shared/workflow/trigger_reader.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "shared/base/limits.hpp"
#include "shared/workflow/event_facts.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/known_events.hpp"
#include "shared/workflow/schedules.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"
#include "shared/workflow/webhook_reader.hpp"

namespace callboard::workflow {
namespace {

bool is_true(const Node* node) {
  return node != nullptr && node->kind == Node::Kind::boolean && node->scalar.get_bool();
}

/// The texts of a field that holds one or a list of them.
std::vector<const Node*> texts_of(const Node& node) {
  std::vector<const Node*> out;
  if (node.is_text()) out.push_back(&node);
  for (const Node& child : node.children) {
    if (node.is_list() && child.is_text()) out.push_back(&child);
  }
  return out;
}

std::string events_with(std::string_view source, bool (*has)(const EventKind&)) {
  std::string out;
  for (const EventKind& kind : event_kinds()) {
    if (kind.source != source || !has(kind)) continue;
    if (!out.empty()) out += ", ";
    out += kind.event;
  }
  return out;
}

constexpr std::array<std::string_view, 3> kEnds = {"completed", "failed", "cancelled"};

std::optional<expression::Expression> read_condition(const Node& node, const std::string& path,
                                                     ExpressionReader& expressions) {
  const Node* condition = node.find("if");
  const bool can_be =
      condition != nullptr && (condition->is_text() || condition->kind == Node::Kind::boolean);
  if (!can_be) return std::nullopt;
  return expressions.condition(*condition, path_of(path, "if"), event_scope("a trigger's if"));
}

/// Reads the filters of one entry of `on.github` or `on.linear` that is a map.
class FilterReader {
 public:
  FilterReader(const Node& node, std::string path, EventTrigger& trigger, ExpressionReader& expressions,
               Problems& problems)
      : node_(node),
        path_(std::move(path)),
        trigger_(trigger),
        expressions_(expressions),
        problems_(problems) {}

  void read() {
    Filters& filters = trigger_.filters;
    read_refs("branches", "branchesIgnore", filters.branches, filters.branches_ignore,
              [](const EventKind& kind) { return !kind.branch.empty(); });
    read_refs("tags", "tagsIgnore", filters.tags, filters.tags_ignore,
              [](const EventKind& kind) { return !kind.tag.empty(); });
    read_pair("paths", "pathsIgnore", filters.paths, filters.paths_ignore,
              [](const EventKind& kind) { return kind.paths; });
    filters.labels = read_names("labels");
    if (const Node* labels = node_.find("labels"))
      check_applies(*labels, "labels", [](const EventKind& kind) { return !kind.labels.empty(); });
    filters.actors = read_names("actors");
    filters.actors_ignore = read_names("actorsIgnore");
    filters.bots = is_true(node_.find("bots"));
    if (const Node* forks = node_.find_text("forks")) {
      if (forks->text == "approve") filters.forks = Forks::approve;
      if (forks->text == "refuse") filters.forks = Forks::refuse;
    }
  }

 private:
  using Has = bool (*)(const EventKind&);

  void read_refs(std::string_view field, std::string_view ignore_field, Globs& globs, Globs& ignore,
                 Has has) {
    read_pair(field, ignore_field, globs, ignore, has);
    for (const std::string_view name : {field, ignore_field}) {
      const Node* node = node_.find(name);
      for (const Node* text : node == nullptr ? std::vector<const Node*>() : texts_of(*node)) {
        std::string_view pattern = text->text;
        if (pattern.starts_with('!')) pattern.remove_prefix(1);
        if (!pattern.starts_with("refs/")) continue;
        problems_.add(
            text->at, path_of(path_, name),
            "found " + describe(*text) + ", expected the name alone, without refs/heads/ or refs/tags/");
      }
    }
  }

  void read_pair(std::string_view field, std::string_view ignore_field, Globs& globs, Globs& ignore,
                 Has has) {
    const Node* wanted = node_.find(field);
    const Node* ignored = node_.find(ignore_field);
    if (wanted != nullptr) globs = read_globs(*wanted, field, has);
    if (ignored != nullptr) ignore = read_globs(*ignored, ignore_field, has);
    if (wanted != nullptr && ignored != nullptr) {
      problems_.add(ignored->key_at, path_of(path_, ignore_field),
                    "found it beside " + std::string(field) +
                        ", expected one of the two: a pattern with ! in " + std::string(field) +
                        " takes out what the ones before it let in");
    } else if (!globs.empty() && std::ranges::all_of(globs.list, &Glob::is_negated)) {
      problems_.add(
          wanted->at, path_of(path_, field),
          "found patterns with ! alone, which start nothing: expected one without it before them, or " +
              std::string(ignore_field));
    }
  }

  Globs read_globs(const Node& node, std::string_view field, Has has) {
    check_applies(node, field, has);
    Globs out;
    for (const Node* text : limited(node, field)) {
      auto glob = Glob::parse(text->text);
      if (glob) {
        out.list.push_back(*std::move(glob));
      } else {
        expressions_.add(*text, glob.error().offset, path_of(path_, field),
                         "no pattern: " + glob.error().message);
      }
    }
    return out;
  }

  std::vector<std::string> read_names(std::string_view field) {
    std::vector<std::string> out;
    const Node* node = node_.find(field);
    if (node == nullptr) return out;
    for (const Node* text : limited(*node, field)) out.push_back(text->text);
    return out;
  }

  std::vector<const Node*> limited(const Node& node, std::string_view field) {
    std::vector<const Node*> out = texts_of(node);
    if (out.size() > limits::kFilterEntries) {
      problems_.add(node.at, path_of(path_, field),
                    "found " + std::to_string(out.size()) + " entries, expected at most " +
                        std::to_string(limits::kFilterEntries));
      out.clear();
    }
    return out;
  }

  void check_applies(const Node& node, std::string_view field, Has has) {
    if (events_with(trigger_.source, has).empty()) return;  // of no event of the source: refused as a whole
    for (const std::string& event : trigger_.events) {
      const EventKind* kind = find_event_kind(trigger_.source, event);
      if (kind != nullptr && has(*kind)) continue;
      std::string message = "'" + event + "' has none: " + std::string(field) + " goes with " +
                            events_with(trigger_.source, has) + "; give other events an entry of their own";
      if (field.starts_with("paths") && event.starts_with("pull_request"))
        message += " (its payload does not name the changed files: read them in a step and ask in its if)";
      problems_.add(node.key_at, path_of(path_, field), std::move(message));
    }
  }

  const Node& node_;
  std::string path_;
  EventTrigger& trigger_;
  ExpressionReader& expressions_;
  Problems& problems_;
};

/// One entry of a list, or the only one.
using ReadEntry = std::function<void(const Node& node, const std::string& path)>;

void each_entry(const Node& node, const std::string& path, const ReadEntry& read) {
  if (!node.is_list()) return read(node, path);
  for (std::size_t i = 0; i < node.children.size(); ++i) read(node.children[i], path_of(path, i));
}

/// Reads `on.<source>`: names beside each other are one trigger, each map is one of its own.
class TriggerReader {
 public:
  TriggerReader(std::string_view source, ExpressionReader& expressions, Problems& problems)
      : source_(source), expressions_(expressions), problems_(problems) {}

  std::vector<EventTrigger> read(const Node& node) {
    EventTrigger plain = make();
    each_entry(node, path_of("on", source_), [&](const Node& entry, const std::string& path) {
      if (entry.is_text()) read_event(entry, path, plain);
      if (entry.is_map()) read_map(entry, path);
    });
    if (!plain.events.empty()) found_.insert(found_.begin(), std::move(plain));
    return std::move(found_);
  }

  EventTrigger read_events(const Node& events, const std::string& path) {
    EventTrigger out = make();
    each_entry(events, path, [&](const Node& name, const std::string& place) {
      if (name.is_text()) read_event(name, place, out);
    });
    return out;
  }

 private:
  EventTrigger make() const {
    return {.source = std::string(source_), .events = {}, .filters = {}, .condition = {}};
  }

  void read_event(const Node& name, const std::string& path, EventTrigger& out) {
    if (source_ == kWorkflowEnds) return read_end(name, path, out);
    if (source_ == kWebhook) return read_path(name, path, out);
    if (!is_event_name(source_, name.text)) {
      problems_.add(name.at, path,
                    "found " + describe(name) + ", expected an event such as " +
                        (source_ == kGitHub ? "pull_request.opened or push" : "Issue.create or Issue"));
    } else if (const std::string wrong = find_misspelling(source_, name.text); !wrong.empty()) {
      problems_.add(name.at, path, "found " + describe(name) + ": " + wrong);
    }
    out.events.push_back(name.text);
  }

  void read_path(const Node& name, const std::string& path, EventTrigger& out) {
    if (!is_webhook_path(name.text))
      problems_.add(
          name.at, path,
          "found " + describe(name) + ", expected the path of a webhook: letters, digits, -, _ and .");
    out.events.push_back(name.text);
  }

  /// nightly.completed; nightly stands for each of the three ends.
  void read_end(const Node& name, const std::string& path, EventTrigger& out) {
    std::string_view workflow = name.text;
    std::string_view end;
    for (const std::string_view one : kEnds) {
      if (workflow.size() > one.size() && workflow.ends_with(one) &&
          workflow[workflow.size() - one.size() - 1] == '.')
        end = one;
    }
    if (!end.empty()) workflow.remove_suffix(end.size() + 1);
    const std::string slug = slug_of(workflow);
    if (slug.empty()) {
      problems_.add(name.at, path,
                    "found " + describe(name) + ", expected a workflow's end such as nightly.completed");
    }
    for (const std::string_view one : kEnds) {
      if (end.empty() || end == one) out.events.push_back(slug + "." + std::string(one));
    }
  }

  void read_map(const Node& node, const std::string& path) {
    const Node* const events = node.find("events");
    EventTrigger out = events == nullptr ? make() : read_events(*events, path_of(path, "events"));
    FilterReader(node, path, out, expressions_, problems_).read();
    out.condition = read_condition(node, path, expressions_);
    found_.push_back(std::move(out));
  }

  std::string_view source_;
  ExpressionReader& expressions_;
  Problems& problems_;
  std::vector<EventTrigger> found_;
};

}  // namespace

Scope event_scope(std::string_view place) {
  return {.place = std::string(place) + ", which sees event alone",
          .inputs = false,
          .run = false,
          .vars = false,
          .steps = false};
}

EventTrigger read_listened(std::string_view source, const Node& events, const Node& entry,
                           const std::string& path, ExpressionReader& expressions, Problems& problems) {
  EventTrigger out = TriggerReader(source, expressions, problems).read_events(events, path_of(path, source));
  FilterReader(entry, path, out, expressions, problems).read();
  return out;
}

Triggers read_triggers(const Node& root, ExpressionReader& expressions, Problems& problems) {
  Triggers out;
  const Node* on = root.find_map("on");
  if (on == nullptr) return out;
  for (const std::string_view source : {kGitHub, kLinear, kWorkflowEnds}) {
    const Node* node = on->find(source);
    if (node == nullptr) continue;
    for (EventTrigger& trigger : TriggerReader(source, expressions, problems).read(*node))
      out.events.push_back(std::move(trigger));
  }
  if (const Node* webhook = on->find_map(kWebhook)) {
    out.webhook = read_webhook(*webhook, expressions, problems);
    out.events.push_back({.source = std::string(kWebhook),
                          .events = {out.webhook->path},
                          .filters = {},
                          .condition = read_condition(*webhook, path_of("on", kWebhook), expressions)});
  }
  out.schedules = read_schedules(*on, problems);
  const Node* manual = on->find("manual");
  out.manual = is_true(manual);
  return out;
}

}  // namespace callboard::workflow
