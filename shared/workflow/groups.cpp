#include "shared/workflow/groups.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "shared/workflow/shape.hpp"
#include "shared/workflow/typed_reader.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;
using run::StepIndex;

constexpr std::array kOfUse = {"key"sv,       "name"sv, "uses"sv,           "with"sv,
                               "dependsOn"sv, "if"sv,   "continueOnError"sv};

std::string remedy(std::string_view field) {
  if (field == "forEach" || field == "maxParallel")
    return "put forEach on a step of the group, or start a child run for each item (type: workflow with "
           "forEach)";
  if (field == "type" || field == "provider" || field == "params")
    return "a step has either an executor or a group";
  return "say it in the steps of the group";
}

/// A constant as a template would have it: without expressions.
void escape(Node& node) {
  for (std::size_t at = node.text.find("${"); at != std::string::npos; at = node.text.find("${", at + 3))
    node.text.insert(at, "$");
  std::ranges::for_each(node.children, escape);
}

void check_known(const Node& with, const std::vector<Input>& inputs, const StepScope& scope,
                 Problems& problems) {
  std::vector<std::string_view> known;
  known.reserve(inputs.size());
  for (const Input& input : inputs) known.push_back(input.name);
  for (const Node& value : with.children) {
    if (std::ranges::count(known, value.key) > 0) continue;
    problems.add(
        value.key_at, path_of(path_of(scope.use_path, "with"), value.key),
        "the group '" + scope.group + "' has no input '" + value.key + "'" + suggestion(value.key, known));
  }
}

void check_value(const Input& input, const Node& value, const StepScope& scope, Problems& problems) {
  if (has_expression(value)) return;
  for (const JsonSchema::Fault& fault : input.schema.check(to_value(value))) {
    problems.add(value.at, path_of(path_of(scope.use_path, "with"), input.name) + fault.pointer,
                 fault.message + " (an input of the group '" + scope.group + "')");
  }
}

/// The steps of a scope, and the begins of the groups that these use.
bool is_in(const ListedStep& step, std::size_t scope) {
  return step.scope == scope && step.kind != ListedStep::Kind::undo;
}

void sort_dependencies(run::Step& step) {
  std::ranges::sort(step.depends_on);
  const auto doubles = std::ranges::unique(step.depends_on);
  step.depends_on.erase(doubles.begin(), doubles.end());
}

void order_group(const ListedSteps& listed, std::size_t number, std::vector<run::Step>& steps) {
  const StepScope& scope = listed.scopes[number];
  std::vector<StepIndex> last;
  std::vector<bool> is_followed(steps.size(), false);
  for (StepIndex i = 0; i < steps.size(); ++i) {
    if (!is_in(listed.steps[i], number)) continue;
    for (const StepIndex dependency : steps[i].depends_on) is_followed[dependency] = true;
  }
  for (StepIndex i = 0; i < steps.size(); ++i) {
    if (!is_in(listed.steps[i], number)) continue;
    const bool is_begin = listed.steps[i].part == run::GroupPart::begin;
    const bool is_end = listed.steps[i].part == run::GroupPart::end;
    if (!is_begin) steps[i].group_end = scope.end;
    if (!is_begin && !is_followed[i]) last.push_back(i);
    if (!is_end && steps[i].depends_on.empty()) steps[i].depends_on.push_back(scope.begin);
  }
  run::Step& end = steps[scope.end];
  end.group_begin = scope.begin;
  steps[scope.begin].group_end = scope.end;
  end.depends_on.insert(end.depends_on.end(), last.begin(), last.end());
  end.depends_on.push_back(scope.begin);
  sort_dependencies(end);
}

}  // namespace

bool goes_with_uses(std::string_view field) { return std::ranges::count(kOfUse, field) > 0; }

void check_use(const Node& step, const std::string& path, Problems& problems) {
  const Node* with = step.find("with");
  if (step.find("uses") == nullptr) {
    if (with != nullptr)
      problems.add(with->key_at, path_of(path, "with"),
                   "with goes with uses alone: an executor takes params");
    return;
  }
  for (const Node& field : step.children) {
    if (goes_with_uses(field.key)) continue;
    problems.add(field.key_at, path_of(path, field.key),
                 field.key + " does not go with uses: " + remedy(field.key));
  }
}

Given read_given(const StepScope& scope, Problems& problems) {
  Given out;
  const Node* with = scope.use->find_map("with");
  if (with != nullptr) out.values = *with;
  out.values.kind = Node::Kind::map;
  if (with == nullptr) out.values.at = scope.use->at;
  if (scope.node == nullptr) return out;
  const Node* declared = scope.node->find_map("inputs");
  const std::string path = path_of(path_of("groups", scope.group), "inputs");
  const std::vector<Input> inputs = read_inputs(declared, path, problems);
  check_known(out.values, inputs, scope, problems);
  for (const Input& input : inputs) {
    const Node* value = out.values.find(input.name);
    if (value != nullptr) {
      check_value(input, *value, scope, problems);
    } else if (input.fallback) {
      Node fallback = *declared->find(input.name)->find("default");
      fallback.key = input.name;
      escape(fallback);
      out.values.add(std::move(fallback));
    } else {
      if (input.required)
        problems.add(scope.use->at, path_of(scope.use_path, "with"),
                     "found no '" + input.name + "', which the group '" + scope.group + "' requires");
      continue;
    }
    out.types.push_back({input.name, input.schema});
  }
  return out;
}

void order_groups(const ListedSteps& listed, std::vector<run::Step>& steps) {
  for (std::size_t number = 1; number < listed.scopes.size(); ++number) order_group(listed, number, steps);
}

std::optional<Node> use_others(const Node& root, const ListedSteps& listed) {
  const Node* groups = root.find_map("groups");
  if (groups == nullptr) return std::nullopt;
  Node steps;
  steps.kind = Node::Kind::list;
  steps.key = "steps";
  for (const Node& group : groups->children) {
    if (std::ranges::count(listed.scopes, group.key, &StepScope::group) > 0) continue;
    Node uses;
    uses.kind = Node::Kind::text;
    uses.key = "uses";
    uses.text = group.key;
    Node use;
    use.kind = Node::Kind::map;
    use.at = uses.at = uses.key_at = group.key_at;
    use.add(std::move(uses));
    steps.add(std::move(use));
  }
  if (steps.children.empty()) return std::nullopt;
  Node out;
  out.kind = Node::Kind::map;
  out.add(std::move(steps));
  out.add(Node(*groups));
  if (const Node* inputs = root.find_map("inputs")) out.add(Node(*inputs));
  return out;
}

}  // namespace callboard::workflow
