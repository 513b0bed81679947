#include "shared/workflow/header.hpp"

#include <algorithm>

#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/base/time.hpp"
#include "shared/workflow/event_rules.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/flow.hpp"
#include "shared/workflow/holding.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"
#include "shared/workflow/trigger_reader.hpp"
#include "shared/workflow/typed_reader.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kNameCharacters = 100;

std::string find_string(const Node& node, std::string_view field) {
  const Node* value = node.find(field);
  return value == nullptr ? std::string() : value->text;
}

bool is_label_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kLabelNameBytes &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") ==
             std::string_view::npos;
}

void read_name(const Node& root, Problems& problems, run::Graph& graph) {
  const Node* name = root.find_text("name");
  if (name == nullptr) return;
  graph.name = name->text;
  graph.slug = slug_of(name->text);
  if (count_characters(name->text) > kNameCharacters) {
    problems.add(name->at, "name",
                 "found " + std::to_string(count_characters(name->text)) + " characters, expected at most " +
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

std::vector<run::LabelText> read_labels(const Node& root, ExpressionReader& expressions, Problems& problems) {
  std::vector<run::LabelText> out;
  const Node* labels = root.find_map("labels");
  if (labels == nullptr) return out;
  if (labels->children.size() > limits::kLabels) {
    problems.add(labels->key_at, "labels",
                 "found " + std::to_string(labels->children.size()) + " labels, expected at most " +
                     std::to_string(limits::kLabels));
  }
  const Scope scope = {.place = "a label", .run = false, .steps = false};
  for (const Node& label : labels->children) {
    const std::string path = path_of("labels", label.key);
    if (!is_label_name(label.key)) {
      problems.add(label.key_at, path,
                   "found the name \"" + label.key +
                       "\", expected letters, digits, _, -, . and /, at most 63: searches write name:value");
    }
    auto text = expressions.text(label, path, scope);
    if (text && !label.is_list() && !label.is_map()) out.push_back({label.key, *std::move(text)});
  }
  return out;
}

/// Their inputs and steps are read where they are used.
void check_group_names(const Node& root, Problems& problems) {
  const Node* groups = root.find_map("groups");
  if (groups == nullptr) return;
  for (const Node& group : groups->children) {
    if (is_step_key(group.key)) continue;
    problems.add(group.key_at, path_of("groups", group.key),
                 "found the name \"" + group.key +
                     "\", expected a letter or _, then letters, digits, _ and -, at most 63");
  }
}

void check_holds_events(const Node& root, const Triggers& triggers, Problems& problems) {
  if (!triggers.events.empty()) return;
  for (const std::string_view field : {"debounce", "batch"}) {
    const Node* const node = root.find(field);
    if (node == nullptr) continue;
    problems.add(node->key_at, std::string(field),
                 "found it where no event starts the workflow: schedules, people and programs start a run at "
                 "once; add github, linear, webhook or workflow to on, or leave it out");
  }
}

}  // namespace

Compiled read_header(const Node& root, ExpressionReader& expressions, Problems& problems) {
  Compiled out;
  read_name(root, problems, out.graph);
  out.graph.version = find_string(root, "version");
  out.description = find_string(root, "description");
  out.graph.labels = read_labels(root, expressions, problems);
  out.triggers = read_triggers(root, expressions, problems);
  out.triggers.holding = read_holding(root, expressions, problems);
  check_holds_events(root, out.triggers, problems);
  out.inputs = read_inputs(root.find_map("inputs"), "inputs", problems);
  out.graph.output_types = read_output_types(root, problems);
  check_group_names(root, problems);
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
