#include "deploy/authoring/graph_text.hpp"

#include "shared/base/text.hpp"

namespace callboard::authoring {
namespace {

boost::json::string_view as_json(std::string_view text) { return {text.data(), text.size()}; }

/// Mermaid knows no escapes but those of HTML.
std::string for_mermaid(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '"': out += "#quot;"; break;
      case '#': out += "#35;"; break;
      case '&': out += "#amp;"; break;
      case '<': out += "#lt;"; break;
      case '>': out += "#gt;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string for_dot(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// Round what the dispatcher holds, six-cornered what has an `if`.
std::string mermaid_node(const run::Step& step, std::size_t number) {
  std::string label = for_mermaid(step.key) + "<br/>" + for_mermaid(step.executor);
  if (step.condition) label += "<br/>if " + for_mermaid(step.condition->source());
  const auto [open, close] = step.condition ? std::pair("{{\"", "\"}}")
                             : step.held    ? std::pair("([\"", "\"])")
                                            : std::pair("[\"", "\"]");
  return "  s" + std::to_string(number) + open + label + close + "\n";
}

/// The steps of a group (of the file: kNoStep) stand in a frame, with the groups that they use.
void add_mermaid_nodes(const run::Graph& graph, run::StepIndex group, std::string& out) {
  for (run::StepIndex i = 0; i < graph.steps.size(); ++i) {
    const run::Step& step = graph.steps[i];
    if (step.group_part == run::GroupPart::begin || step.group_end != group) continue;
    if (step.group_part == run::GroupPart::none) {
      out += mermaid_node(step, i);
      continue;
    }
    out += "  subgraph g" + std::to_string(i) + "[\"" + for_mermaid(step.key) + "\"]\n";
    out += mermaid_node(graph.steps[step.group_begin], step.group_begin);
    add_mermaid_nodes(graph, i, out);
    out += mermaid_node(step, i) + "  end\n";
  }
}

}  // namespace

std::string to_mermaid(const run::Graph& graph) {
  std::string out = "flowchart TD\n";
  add_mermaid_nodes(graph, run::kNoStep, out);
  for (std::size_t i = 0; i < graph.steps.size(); ++i) {
    for (const run::StepIndex before : graph.steps[i].depends_on)
      out += "  s" + std::to_string(before) + " --> s" + std::to_string(i) + "\n";
  }
  return out;
}

std::string to_dot(const run::Graph& graph) {
  std::string out = "digraph \"" + for_dot(graph.name) + "\" {\n  rankdir=TB;\n  node [shape=box];\n";
  for (const run::Step& step : graph.steps) {
    out += "  \"" + for_dot(step.key) + "\" [label=\"" + for_dot(step.key) + "\\n" + for_dot(step.executor);
    if (step.condition)
      out += "\\nif " + for_dot(step.condition->source()) + "\", style=dashed];\n";
    else
      out += step.held ? "\", style=rounded];\n" : "\"];\n";
  }
  for (const run::Step& step : graph.steps) {
    for (const run::StepIndex before : step.depends_on)
      out += "  \"" + for_dot(graph.steps[before].key) + "\" -> \"" + for_dot(step.key) + "\";\n";
  }
  return out + "}\n";
}

Value to_value(const run::Graph& graph) {
  Array steps;
  for (const run::Step& step : graph.steps) {
    Array before;
    for (const run::StepIndex index : step.depends_on) before.push_back(as_json(graph.steps[index].key));
    Object out{{"key", as_json(step.key)},
               {"type", as_json(step.executor)},
               {"level", step.level},
               {"dependsOn", std::move(before)}};
    if (step.condition) out["if"] = as_json(step.condition->source());
    steps.push_back(std::move(out));
  }
  return Object{{"name", as_json(graph.name)}, {"steps", std::move(steps)}};
}

}  // namespace callboard::authoring
