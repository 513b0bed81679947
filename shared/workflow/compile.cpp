#include "shared/workflow/compile.hpp"

#include <algorithm>
#include <array>

#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"
#include "shared/value/sha256.hpp"
#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/groups.hpp"
#include "shared/workflow/header.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/steps.hpp"

namespace callboard::workflow {
namespace {

ReadTree read_tree(std::string_view bytes, Format format) {
  if (bytes.size() > limits::kWorkflowBytes) {
    return std::unexpected(NoTree{
        {{1, 1, {}, "the file is larger than " + std::to_string(limits::kWorkflowBytes) + " bytes"}}, {}});
  }
  if (format == Format::automatic) {
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    format = first != std::string_view::npos && bytes[first] == '{' ? Format::json : Format::yaml;
  }
  return format == Format::json ? read_json_tree(bytes) : read_yaml(bytes);
}

/// `event` is the new one there; whether run.event is read beside it is not known.
bool reads_event(const std::vector<run::EventRule>& rules) {
  return std::ranges::any_of(rules, [](const run::EventRule& rule) {
    return rule.condition && (rule.condition->reads().event || rule.condition->reads().run);
  });
}

bool reads_event(const run::Step& step) {
  if (step.params.reads().event || reads_event(step.awaits)) return true;
  if (step.throttle && step.throttle->key && step.throttle->key->reads.event) return true;
  return std::ranges::any_of(std::array{&step.condition, &step.item_condition, &step.for_each, &step.until},
                             [](const auto* of) { return *of && (*of)->reads().event; });
}

bool reads_event(const run::Graph& graph) {
  if (graph.concurrency && graph.concurrency->group.reads.event) return true;
  if (graph.throttle && graph.throttle->key && graph.throttle->key->reads.event) return true;
  const auto label_reads = [](const run::LabelText& label) { return label.text.reads.event; };
  if (std::ranges::any_of(graph.labels, label_reads)) return true;
  return graph.outputs.reads().event || reads_event(graph.cancel_on) ||
         std::ranges::any_of(graph.steps, [](const run::Step& step) { return reads_event(step); });
}

void read_outputs(const Node& root, ExpressionReader& expressions, run::Graph& graph) {
  const Node* outputs = root.find_map("outputs");
  if (outputs == nullptr) return;
  auto made = expressions.all(*outputs, "outputs", {.place = "outputs"});
  expressions.take_steps();
  if (made) graph.outputs = *std::move(made);
}

/// A group that no step uses is read as if one did.
void check_unused_groups(const Node& root, std::string_view bytes, const ListedSteps& listed,
                         Problems& problems) {
  const auto other = use_others(root, listed);
  if (!other) return;
  Problems found;
  const ListedSteps unused = list_steps(*other, found);
  if (unused.steps.size() > limits::kSteps) return;
  const StepNames names = name_steps(unused, found);
  ExpressionReader expressions(bytes, names, found);
  std::vector<run::Step> steps = make_steps(*other, unused, names, expressions, found);
  check_cycles(unused.steps, steps, found);
  for (Problem& problem : found.take()) {
    if (problem.path.starts_with("groups."))
      problems.add({problem.line, problem.column}, std::move(problem.path), std::move(problem.message));
  }
}

}  // namespace

std::expected<Compiled, std::vector<Problem>> compile(std::string_view bytes, Format format, bool segments) {
  const std::string_view given = bytes;
  bytes = without_mark(bytes);
  auto tree = read_tree(bytes, format);
  if (!tree && !tree.error().rest) return std::unexpected(std::move(tree.error().problems));
  Problems problems;
  if (!tree) problems.add(std::move(tree.error().problems));
  const Node* const root = tree ? &*tree : &*tree.error().rest;
  check_shape(*root, workflow_shape(), Expressions::refused, "", problems);
  if (!root->is_map()) return std::unexpected(problems.take());

  const ListedSteps listed = list_steps(*root, problems);
  if (listed.steps.size() > limits::kSteps) {
    const Node* steps = root->find("steps");
    problems.add(steps == nullptr ? root->at : steps->at, "steps",
                 "found " + std::to_string(listed.steps.size()) +
                     (listed.scopes.size() > 1 ? " steps or more, with those of groups, expected at most "
                                               : " steps, expected at most ") +
                     std::to_string(limits::kSteps));
    return std::unexpected(problems.take());
  }
  const StepNames names = name_steps(listed, problems);
  ExpressionReader expressions(bytes, names, problems);
  Compiled out = read_header(*root, expressions, problems);
  out.graph.steps = make_steps(*root, listed, names, expressions, problems);
  check_cycles(listed.steps, out.graph.steps, problems);
  order_ending_steps(listed.steps, out.graph.steps, problems);
  read_outputs(*root, expressions, out.graph);
  check_unused_groups(*root, bytes, listed, problems);
  if (!problems.empty()) return std::unexpected(problems.take());

  out.graph.hash = to_hex(sha256(write_canonical(*root)));
  out.graph.reads_event = reads_event(out.graph);
  out.body = given;
  run::link(out.graph, segments);
  return out;
}

}  // namespace callboard::workflow
