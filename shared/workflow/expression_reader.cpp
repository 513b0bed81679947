#include "shared/workflow/expression_reader.hpp"

#include <algorithm>
#include <array>

#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kProperties = {"result"sv, "status"sv, "error"sv, "attempts"sv};

struct Place {
  const Node* node;
  std::string path;
};

/// Every string below `node` that holds an expression, in the order of its value.
void find_places(const Node& node, const std::string& path, std::vector<Place>& out) {
  if (node.is_text() && node.text.contains("${")) out.push_back({&node, path});
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node.children[i];
    if (child.height == 0 && !(child.is_text() && child.text.contains("${"))) continue;
    find_places(child, node.is_list() ? path_of(path, i) : path_of(path, child.key), out);
  }
}

std::string not_here(std::string_view what, const Scope& scope) {
  return std::string(what) + " can't be read in " + scope.place;
}

}  // namespace

void ExpressionReader::add(const Node& node, std::size_t offset, const std::string& path,
                           std::string message) {
  offset = std::min(node.text.find_first_not_of(" \t\r\n", offset), node.text.size());
  const Position at = locate(file_, node, offset);
  problems_.add(at, path, std::move(message));
}

std::optional<expression::Text> ExpressionReader::text(const Node& node, const std::string& path,
                                                       const Scope& scope, expression::Opening opening) {
  std::size_t column = 0;
  auto out = expression::parse_text(node.text, opening, &column);
  if (!out) {
    add(node, column - 1, path, out.error().message);
    return std::nullopt;
  }
  for (const auto& part : out->parts) {
    if (part.expression) check(*part.expression, node, part.offset, path, scope);
  }
  return *std::move(out);
}

std::optional<expression::Expression> ExpressionReader::condition(const Node& node, const std::string& path,
                                                                  const Scope& scope) {
  const std::string_view source = node.text;
  const std::size_t first = std::min(source.find_first_not_of(" \t\r\n"), source.size());
  if (source.contains("${")) {
    Node trimmed = node;
    trimmed.text = source.substr(first, source.find_last_not_of(" \t\r\n") + 1 - first);
    const auto whole = text(trimmed, path, scope);
    if (!whole) return std::nullopt;
    if (whole->is_single()) return *whole->parts[0].expression;
    problems_.add(node.at, path, "found text beside ${ … }, expected one expression");
    return std::nullopt;
  }
  std::size_t column = 0;
  auto out = expression::parse_expression(source, &column);
  if (!out) {
    add(node, column - 1, path, out.error().message);
    return std::nullopt;
  }
  check(*out, node, 0, path, scope);
  return *std::move(out);
}

std::optional<expression::Template> ExpressionReader::all(const Node& node, const std::string& path,
                                                          const Scope& scope, const Node* script_node) {
  std::vector<Place> places;
  find_places(node, path, places);
  bool is_right = true;
  auto next = places.begin();
  auto made = expression::make_template(
      to_value(node), [&](std::string_view, std::string_view) -> Result<expression::Text> {
        const Place& place = *next++;
        auto out = place.node == script_node ? script(*place.node, place.path, scope)
                                             : text(*place.node, place.path, scope);
        is_right = is_right && out;
        return out ? *std::move(out) : expression::Text();
      });
  if (made && is_right) return *std::move(made);
  if (!made) problems_.add(node.at, path, made.error().message);
  return std::nullopt;
}

std::optional<expression::Text> ExpressionReader::script(const Node& node, const std::string& path,
                                                         const Scope& scope) {
  auto out = text(node, path, scope, expression::Opening::double_brace);
  if (!out) return out;
  for (const auto& part : out->parts) {
    if (part.expression) check_script(*part.expression, node, part.offset, path);
  }
  return out;
}

void ExpressionReader::check(const expression::Expression& expression, const Node& node, std::size_t offset,
                             const std::string& path, const Scope& scope) {
  const expression::Reads& reads = expression.reads();
  const auto refuse = [&](bool is_read, bool is_allowed, std::string_view what) {
    if (is_read && !is_allowed) add(node, offset, path, not_here(what, scope));
  };
  refuse(reads.event, scope.event, "event");
  refuse(reads.inputs, scope.inputs, "inputs");
  refuse(reads.run, scope.run, "run");
  refuse(reads.vars, scope.vars, "vars");
  refuse(reads.now, scope.run, "now()");
  if (reads.item && !scope.item) {
    add(node, offset, path,
        "item and index can only be read in the params and the if of a step with forEach");
  }
  refuse(!reads.secrets.empty(), scope.secrets, "secrets");
  if (reads.status_function && !scope.status) {
    add(node, offset, path, "success(), failure(), always() and cancelled() may only stand in a step's if");
  }
  const bool reads_steps = !expression.step_references().empty();
  refuse(reads_steps, scope.steps, "steps");
  if (reads_steps && scope.steps) check_steps(expression, node, offset, path, scope);
}

void ExpressionReader::check_steps(const expression::Expression& expression, const Node& node,
                                   std::size_t offset, const std::string& path, const Scope& scope) {
  const auto read = [&](run::StepIndex step) {
    if (std::ranges::find(steps_, step) == steps_.end()) steps_.push_back(step);
  };
  for (const expression::StepReference& reference : expression.step_references()) {
    const std::size_t at = offset + reference.column - 1;
    if (!reference.property.empty() && std::ranges::count(kProperties, reference.property) == 0) {
      add(node, at, path,
          "a step has no '" + reference.property + "'" + suggestion(reference.property, kProperties));
    }
    if (reference.key.empty()) continue;
    const auto found = names_.index.find(reference.key);
    if (found == names_.index.end()) {
      const std::vector<std::string_view> known(names_.keys.begin(), names_.keys.end());
      add(node, at, path, "unknown step '" + reference.key + "'" + suggestion(reference.key, known));
    } else if (found->second == scope.self) {
      add(node, at, path, "the step refers to itself");
    } else if (found->second >= names_.mains && scope.self < names_.mains) {
      add(node, at, path, "'" + reference.key + "' runs when all steps have ended: it can't be read here");
    } else {
      read(found->second);
    }
  }
  for (const std::size_t number : expression.reads().numbers) {
    if (number >= names_.mains) {
      add(node, offset, path,
          "found steps[" + std::to_string(number) + "], expected one of the file's " +
              std::to_string(names_.mains) + " steps, counted from 0");
    } else if (number == scope.self) {
      add(node, offset, path, "the step refers to itself");
    } else {
      read(static_cast<run::StepIndex>(number));
    }
  }
  if (!expression.reads().all_steps) return;
  const std::size_t before = std::min<std::size_t>(scope.self, names_.mains);
  for (std::size_t step = 0; step < before; ++step) read(static_cast<run::StepIndex>(step));
}

void ExpressionReader::check_script(const expression::Expression& expression, const Node& node,
                                    std::size_t offset, const std::string& path) {
  const expression::Reads& reads = expression.reads();
  const std::string_view what = reads.event                             ? "event"
                                : reads.inputs                          ? "inputs"
                                : !expression.step_references().empty() ? "a step's result"
                                                                        : "";
  if (what.empty()) return;
  add(node, offset, path,
      std::string(what) +
          " can't be put into a shell's script, which would run what it says: pass it by env (env: {VALUE: "
          "\"${ … }\"}) and write \"$VALUE\"");
}

std::vector<run::StepIndex> ExpressionReader::take_steps() {
  std::ranges::sort(steps_);
  return std::exchange(steps_, {});
}

}  // namespace callboard::workflow
