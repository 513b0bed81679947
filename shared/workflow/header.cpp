#include "shared/workflow/header.hpp"

#include <algorithm>

#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"
#include "shared/workflow/event_rules.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/flow.hpp"
#include "shared/workflow/holding.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"
#include "shared/workflow/trigger_reader.hpp"

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
  out.triggers.holding = read_holding(root, expressions, problems);
  out.inputs = read_inputs(root, problems);
  out.graph.concurrency = read_concurrency(root, expressions);
  out.graph.cancel_on = read_cancel_on(root, expressions, problems);
  out.graph.throttle =
      read_throttle(root, "throttle", {.place = "throttle.key", .steps = false}, expressions, problems);
  const Node* timeout = root.find_text("timeout");
  const auto duration = timeout == nullptr ? std::nullopt : parse_duration(timeout->text);
  out.graph.timeout = duration.value_or(limits::kRunTimeout);
  return out;
}

}  // namespace callboard::workflow
