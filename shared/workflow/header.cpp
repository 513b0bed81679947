#include "shared/workflow/header.hpp"

#include <algorithm>

#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/schedules.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kNameCharacters = 100;

std::string find_string(const Node& node, std::string_view field) {
  const Node* value = node.find(field);
  return value == nullptr ? std::string() : value->text;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void read_name(const Node& root, Problems& problems, run::Graph& graph) {
  const Node* name = root.find_text("name");
  if (name == nullptr) return;
  graph.name = name->text;
  graph.slug = slug_of(name->text);
  if (characters(name->text) > kNameCharacters) {
    problems.add(name->at, "name",
                 "found " + std::to_string(characters(name->text)) + " characters, expected at most " +
                     std::to_string(kNameCharacters));
  } else if (graph.slug.empty()) {
    problems.add(
        name->at, "name",
        "found " + describe(*name) + ", expected a letter or digit in it: its slug names the workflow");
  } else if (parse_uuid(graph.slug)) {
    problems.add(name->at, "name",
                 "found a UUID, expected a name: addresses could not tell the workflow from a run");
  }
}

std::vector<Label> read_labels(const Node& root, ExpressionReader& expressions) {
  std::vector<Label> out;
  const Node* labels = root.find_map("labels");
  if (labels == nullptr) return out;
  const Scope scope = {.place = "a label", .run = false, .steps = false};
  for (const Node& label : labels->children) {
    auto text = expressions.text(label, path_of("labels", label.key), scope);
    if (text) out.push_back({label.key, *std::move(text)});
  }
  return out;
}

/// GitHub: pull_request.opened; Linear: Issue.create. Letters and _, with one point at most.
bool is_event_name(std::string_view name) {
  const auto is_word = [](std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    });
  };
  const std::size_t point = name.find('.');
  return is_word(name.substr(0, point)) &&
         (point == std::string_view::npos || is_word(name.substr(point + 1)));
}

void read_events(const Node& events, const std::string& path, Problems& problems, EventTrigger& out) {
  for (std::size_t i = 0; i < events.children.size(); ++i) {
    const Node& name = events.children[i];
    if (!name.is_text()) continue;
    if (!is_event_name(name.text)) {
      problems.add(name.at, path_of(path, i),
                   "found " + describe(name) + ", expected an event such as " +
                       (out.source == kGitHub ? "pull_request.opened or push" : "Issue.create or Issue"));
    }
    out.events.push_back(name.text);
  }
}

std::optional<EventTrigger> read_trigger(const Node& on, std::string_view source,
                                         ExpressionReader& expressions, Problems& problems) {
  const Node* node = on.find(source);
  if (node == nullptr) return std::nullopt;
  const std::string path = path_of("on", source);
  EventTrigger out{std::string(source), {}, std::nullopt};
  if (node->is_list()) {
    read_events(*node, path, problems, out);
    return out;
  }
  if (const Node* events = node->find_list("events"))
    read_events(*events, path_of(path, "events"), problems, out);
  const Node* condition = node->find("if");
  const bool can_be =
      condition != nullptr && (condition->is_text() || condition->kind == Node::Kind::boolean);
  const Scope scope = {.place = "a trigger's if, which sees event alone",
                       .inputs = false,
                       .run = false,
                       .vars = false,
                       .steps = false};
  if (can_be) out.condition = expressions.condition(*condition, path_of(path, "if"), scope);
  return out;
}

Triggers read_triggers(const Node& root, ExpressionReader& expressions, Problems& problems) {
  Triggers out;
  const Node* on = root.find_map("on");
  if (on == nullptr) return out;
  for (const std::string_view source : {kGitHub, kLinear}) {
    auto trigger = read_trigger(*on, source, expressions, problems);
    if (trigger) out.events.push_back(*std::move(trigger));
  }
  out.schedules = read_schedules(*on, problems);
  const Node* manual = on->find("manual");
  out.manual = manual != nullptr && manual->kind == Node::Kind::boolean && manual->scalar.get_bool();
  return out;
}

void check_input(const Input& input, const Node& node, const std::string& path, Problems& problems) {
  const auto refuse = [&](const Node& value, const std::string& where, const std::string& expected) {
    problems.add(value.at, where, "found " + describe(value) + ", expected " + expected);
  };
  if (const Node* values = node.find_list("enum")) {
    for (std::size_t i = 0; i < values->children.size(); ++i) {
      if (!is_of_type(input.values[i], input.type))
        refuse(values->children[i], path_of(path_of(path, "enum"), i), "a value of type " + input.type);
    }
  }
  if (!input.fallback) return;
  const Node& fallback = *node.find("default");
  if (!is_of_type(*input.fallback, input.type))
    refuse(fallback, path_of(path, "default"), "a value of type " + input.type);
  else if (!input.values.empty() && std::ranges::count(input.values, *input.fallback) == 0)
    refuse(fallback, path_of(path, "default"), "one of enum");
}

std::vector<Input> read_inputs(const Node& root, Problems& problems) {
  std::vector<Input> out;
  const Node* inputs = root.find_map("inputs");
  if (inputs == nullptr) return out;
  for (const Node& node : inputs->children) {
    if (!node.is_map()) continue;
    const std::string path = path_of("inputs", node.key);
    if (!is_step_key(node.key))
      problems.add(node.key_at, path,
                   "found the name \"" + node.key +
                       "\", expected a letter or _, then letters, digits, _ and -, at most 63");
    Input input;
    input.name = node.key;
    input.description = find_string(node, "description");
    const Node* type = node.find_text("type");
    if (type != nullptr) input.type = type->text;
    const Node* required = node.find("required");
    input.required =
        required != nullptr && required->kind == Node::Kind::boolean && required->scalar.get_bool();
    if (const Node* fallback = node.find("default")) input.fallback = to_value(*fallback);
    if (const Node* values = node.find_list("enum")) {
      for (const Node& value : values->children) input.values.push_back(to_value(value));
    }
    check_input(input, node, path, problems);
    out.push_back(std::move(input));
  }
  return out;
}

}  // namespace

Compiled read_header(const Node& root, ExpressionReader& expressions, Problems& problems) {
  Compiled out;
  read_name(root, problems, out.graph);
  out.graph.version = find_string(root, "version");
  out.description = find_string(root, "description");
  out.labels = read_labels(root, expressions);
  out.triggers = read_triggers(root, expressions, problems);
  out.inputs = read_inputs(root, problems);
  const Node* timeout = root.find_text("timeout");
  const auto duration = timeout == nullptr ? std::nullopt : parse_duration(timeout->text);
  out.graph.timeout = duration.value_or(limits::kRunTimeout);
  return out;
}

}  // namespace callboard::workflow
