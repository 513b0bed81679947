#include "shared/workflow/expression_reader.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "shared/expression/casing.hpp"
#include "shared/expression/format_check.hpp"
#include "shared/expression/lexer.hpp"
#include "shared/expression/secret_rule.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;
using expression::is_same_without_case;

constexpr std::array kProperties = {"result"sv, "status"sv, "error"sv, "attempts"sv};
constexpr std::array kErrorMembers = {"class"sv, "message"sv};
constexpr std::array kRunMembers = {"id"sv, "name"sv, "attempt"sv, "createdAt"sv, "event"sv, "inputs"sv};

/// `property` is none of a step's: what to write in its place, where GitHub Actions has it.
std::string remedy_for_property(std::string_view property) {
  if (is_same_without_case(property, "outputs")) return ": write result";
  if (is_same_without_case(property, "outcome") || is_same_without_case(property, "conclusion"))
    return ": write status (completed, failed, skipped or cancelled)";
  return suggestion(property, kProperties);
}

/// Every string below `node` that holds an expression, in the order of its value.
void find_texts(Node& node, std::vector<Node*>& out) {
  if (node.is_text() && node.text.contains("${")) out.push_back(&node);
  for (Node& child : node.children) find_texts(child, out);
}

/// The names of a path from its root on, as far as they are written: steps.a['error'], steps[0].error.
std::vector<expression::Token> names_from(std::span<const expression::Token> tokens) {
  using expression::TokenKind;
  std::vector<expression::Token> out{tokens[0]};
  for (std::size_t i = 1; i + 1 < tokens.size();) {
    const expression::Token& next = tokens[i + 1];
    const bool is_named = tokens[i].kind == TokenKind::dot && next.kind == TokenKind::name;
    const bool is_index = tokens[i].kind == TokenKind::open_index && next.kind == TokenKind::literal &&
                          i + 2 < tokens.size() && tokens[i + 2].kind == TokenKind::close_index;
    if (!is_named && !is_index) break;
    out.push_back(next);
    if (next.literal.is_string()) out.back().text = next.literal.get_string();
    i += is_index ? 3 : 2;
  }
  return out;
}

/// Whether a context or a function is named there.
bool is_root(std::span<const expression::Token> tokens, std::size_t i) {
  using expression::TokenKind;
  return tokens[i].kind == TokenKind::name && (i == 0 || tokens[i - 1].kind != TokenKind::dot);
}

/// Of run.event and run.inputs, which are the contexts of those names, the second name.
std::string_view root_name(std::span<const expression::Token> tokens, std::size_t i) {
  const bool is_run = is_same_without_case(tokens[i].text, "run") && i + 2 < tokens.size() &&
                      tokens[i + 1].kind == expression::TokenKind::dot;
  if (!is_run) return tokens[i].text;
  const std::string_view member = tokens[i + 2].text;
  const bool is_context = is_same_without_case(member, "event") || is_same_without_case(member, "inputs");
  return is_context ? member : tokens[i].text;
}

/// Where an expression first names one of these contexts and functions; its begin where it names none.
std::size_t place_of(const expression::Expression& expression,
                     std::initializer_list<std::string_view> names) {
  std::size_t fault = 0;
  const auto tokens = expression::tokenize(expression.source(), fault);
  if (!tokens) return 0;
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    const auto is_named = [&](std::string_view name) {
      return is_same_without_case(root_name(*tokens, i), name);
    };
    if (is_root(*tokens, i) && std::ranges::any_of(names, is_named)) return (*tokens)[i].offset;
  }
  return 0;
}

std::string not_here(std::string_view what, const Scope& scope) {
  return std::string(what) + " can't be read in " + scope.place;
}

/// Where no secret can be read, it would not help to let one stand alone.
std::string told(std::string message, const Scope& scope) {
  const bool is_of_secret = message.ends_with(expression::kSecretStandsAlone);
  return is_of_secret && !scope.secrets ? not_here("secrets", scope) : std::move(message);
}

}  // namespace

std::optional<run::StepIndex> StepNames::Scope::find(const std::string& key) const {
  if (const auto exact = index.find(key); exact != index.end()) return exact->second;
  const auto same = expression::find_only_without_case(known, key, std::identity());
  return same == known.end() ? std::nullopt : std::optional(index.at(*same));
}

void ExpressionReader::add(const Node& node, std::size_t offset, const Path& path, std::string message) {
  offset = std::min(node.text.find_first_not_of(" \t\r\n", offset), node.text.size());
  const Position at = locate(file_, node, offset);
  problems_.add(at, path, std::move(message));
}

std::optional<expression::Text> ExpressionReader::read(const Node& node, const Path& path, const Scope& scope,
                                                       expression::Opening opening) {
  auto out = expression::parse_text(node.text, opening);
  if (out) {
    check(*out, node, path, scope, opening);
    return *std::move(out);
  }
  std::vector<expression::TextFault> faults;
  check(expression::parse_right_parts(node.text, opening, faults), node, path, scope, opening);
  for (expression::TextFault& fault : faults)
    add(node, fault.offset, path, told(std::move(fault.message), scope));
  return std::nullopt;
}

std::optional<expression::Text> ExpressionReader::text(const Node& node, const Path& path, const Scope& scope,
                                                       expression::Opening opening) {
  auto out = read(node, path, scope, opening);
  if (!out || is_as_meant(*out, scope)) return out;
  auto meant = expression::parse_text(in_graph(node.text, *out, scope), opening);
  if (meant) return *std::move(meant);
  problems_.add(node.at, path, meant.error().message);
  return std::nullopt;
}

std::optional<expression::Expression> ExpressionReader::condition(const Node& node, const Path& path,
                                                                  const Scope& scope) {
  const std::string_view source = node.text;
  if (source.contains("${")) {
    const std::size_t first = source.find_first_not_of(" \t\r\n");
    const std::size_t end = source.find_last_not_of(" \t\r\n") + 1;
    if (end - first == source.size()) return single(node, path, scope);
    Node trimmed = node;
    trimmed.text = source.substr(first, end - first);
    return single(trimmed, path, scope);
  }
  std::size_t column = 0;
  auto out = expression::parse_expression(source, &column);
  if (!out) {
    add(node, column - 1, path, told(out.error().message, scope));
    return std::nullopt;
  }
  check(*out, node, 0, path, scope);
  if (is_as_meant(*out, scope)) return *std::move(out);
  out = expression::parse_expression(in_graph(source, scope));
  if (out) return *std::move(out);
  problems_.add(node.at, path, out.error().message);
  return std::nullopt;
}

std::optional<expression::Expression> ExpressionReader::single(const Node& node, const Path& path,
                                                               const Scope& scope) {
  auto whole = text(node, path, scope);
  if (!whole) return std::nullopt;
  if (whole->is_single()) return std::move(whole->parts[0].expression);
  problems_.add(node.at, path, "found text beside ${ … }, expected one expression");
  return std::nullopt;
}

std::optional<expression::Template> ExpressionReader::all(const Node& node, const Path& path,
                                                          const Scope& scope, const Node* script) {
  std::vector<Found> found;
  if (!read_below(node, path, scope, script, found)) return std::nullopt;
  const bool is_meant =
      std::ranges::all_of(found, [&](const Found& one) { return is_as_meant(one.text, scope); });
  auto next = found.begin();
  auto made = is_meant ? expression::make_template(to_value(node),
                                                   [&](std::string_view, std::string_view) {
                                                     return Result<expression::Text>(std::move(next++->text));
                                                   })
                       : meant_template(node, scope, found);
  if (made) return *std::move(made);
  problems_.add(node.at, path, made.error().message);
  return std::nullopt;
}

/// The expressions of every string below `node`, in the order of its value. False: one has a problem.
bool ExpressionReader::read_below(const Node& node, const Path& path, const Scope& scope, const Node* script,
                                  std::vector<Found>& out) {
  bool is_right = true;
  if (node.is_text() && node.text.contains("${")) {
    const auto opening =
        &node == script ? expression::Opening::double_brace : expression::Opening::dollar_brace;
    auto text = read(node, path, scope, opening);
    is_right = text.has_value();
    if (text) out.push_back({&node, opening, *std::move(text)});
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node.children[i];
    const Path below = node.is_list() ? path.under(i) : path.under(child.key);
    is_right = read_below(child, below, scope, script, out) && is_right;
  }
  return is_right;
}

/// What a template carries to a worker is its source, so that is what must name the steps of the graph.
Result<expression::Template> ExpressionReader::meant_template(const Node& node, const Scope& scope,
                                                              std::span<const Found> found) const {
  Node meant = node;
  std::vector<Node*> texts;
  find_texts(meant, texts);
  for (std::size_t i = 0; i < found.size(); ++i)
    texts[i]->text = in_graph(found[i].node->text, found[i].text, scope);
  auto next = found.begin();
  return expression::make_template(to_value(meant), [&](std::string_view, std::string_view text) {
    return expression::parse_text(text, next++->opening);
  });
}

bool ExpressionReader::is_as_meant(const expression::Expression& expression, const Scope& scope) const {
  const auto& index = names_.scopes[scope.names].index;
  return scope.names == 0 && std::ranges::all_of(expression.reads().steps,
                                                 [&](const std::string& key) { return index.contains(key); });
}

bool ExpressionReader::is_as_meant(const expression::Text& text, const Scope& scope) const {
  return std::ranges::all_of(text.parts, [&](const auto& part) {
    return scope.names == 0 && (!part.expression || is_as_meant(*part.expression, scope));
  });
}

/// steps.BUILD of the file: steps.build. Of a group steps.build and inputs.target: steps.staging--build,
/// steps['staging--with'].result.target.
std::string ExpressionReader::in_graph(std::string_view expression, const Scope& scope) const {
  const StepNames::Scope& names = names_.scopes[scope.names];
  std::size_t offset = 0;
  const auto tokens = expression::tokenize(expression, offset);
  if (!tokens) return std::string(expression);
  using expression::TokenKind;
  std::string out;
  std::size_t taken = 0;
  const auto replace = [&](const expression::Token& token, const std::string& by) {
    out += expression.substr(taken, token.offset - taken);
    out += by;
    taken = token.offset + token.text.size();
  };
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    const expression::Token& token = (*tokens)[i];
    if (!is_root(*tokens, i)) continue;
    const auto is = [&](std::string_view name) { return is_same_without_case(token.text, name); };
    if (is("inputs") && scope.names != 0) {
      replace(token, "steps['" + names.given + "'].result");
    } else if (is("steps") && i + 2 < tokens->size()) {
      const expression::Token& key = (*tokens)[i + 2];
      const bool is_quoted = key.kind == TokenKind::literal && key.literal.is_string();
      if (!is_quoted && key.kind != TokenKind::name) continue;
      const auto step = names.find(std::string(is_quoted ? key.literal.get_string() : key.text));
      if (!step) continue;
      replace(key, is_quoted ? "'" + names_.keys[*step] + "'" : names_.keys[*step]);
    }
  }
  return out += expression.substr(taken);
}

std::string ExpressionReader::in_graph(std::string_view text, const expression::Text& read,
                                       const Scope& scope) const {
  std::string out;
  std::size_t taken = 0;
  for (const auto& part : read.parts) {
    if (!part.expression) continue;
    out += text.substr(taken, part.offset - taken);
    out += in_graph(part.expression->source(), scope);
    taken = part.offset + part.expression->source().size();
  }
  return out += text.substr(taken);
}

void ExpressionReader::check(const expression::Text& text, const Node& node, const Path& path,
                             const Scope& scope, expression::Opening opening) {
  for (const auto& part : text.parts) {
    if (!part.expression) continue;
    check(*part.expression, node, part.offset, path, scope);
    if (opening == expression::Opening::double_brace) check_script(*part.expression, node, part.offset, path);
  }
}

void ExpressionReader::check(const expression::Expression& expression, const Node& node, std::size_t offset,
                             const Path& path, const Scope& scope) {
  const expression::Reads& reads = expression.reads();
  const auto add_at = [&](std::initializer_list<std::string_view> names, std::string message) {
    add(node, offset + place_of(expression, names), path, std::move(message));
  };
  const auto refuse = [&](bool is_read, bool is_allowed, std::string_view what) {
    if (is_read && !is_allowed) add_at({what.substr(0, what.find('('))}, not_here(what, scope));
  };
  refuse(reads.event, scope.event, "event");
  refuse(reads.inputs, scope.inputs, "inputs");
  refuse(reads.run, scope.run, "run");
  refuse(reads.vars, scope.vars, "vars");
  refuse(reads.now, scope.run, "now()");
  if (reads.item && !scope.item) {
    add_at({"item", "index"},
           "item and index can only be read in the params and the if of a step with forEach");
  }
  refuse(!reads.secrets.empty(), scope.secrets, "secrets");
  if (reads.status_function && !scope.status) {
    add_at({"success", "failure", "always", "cancelled"},
           "success(), failure(), always() and cancelled() may only stand in a step's if");
  }
  if (const auto fault = expression::find_format_fault(expression))
    add(node, offset + fault->column - 1, path, fault->message);
  if (may_name_members(expression, scope)) check_members(expression, node, offset, path, scope);
  const bool reads_steps = !expression.step_references().empty();
  refuse(reads_steps, scope.steps, "steps");
  if (reads_steps && scope.steps) check_steps(expression, node, offset, path, scope);
}

/// Most expressions name none that check_members() knows, and need not be read again for it.
bool ExpressionReader::may_name_members(const expression::Expression& expression, const Scope& scope) const {
  const bool declares = !names_.scopes[scope.names].inputs.empty() || !names_.scopes.front().inputs.empty();
  const auto is_of_error = [](const expression::StepReference& reference) {
    return is_same_without_case(reference.property, "error");
  };
  return expression.reads().run || (expression.reads().inputs && declares) ||
         std::ranges::any_of(expression.step_references(), is_of_error);
}

/// What can't be there: a member of run or of an error that they don't have, an input that is not declared.
void ExpressionReader::check_members(const expression::Expression& expression, const Node& node,
                                     std::size_t offset, const Path& path, const Scope& scope) {
  std::size_t fault = 0;
  const auto tokens = expression::tokenize(expression.source(), fault);
  if (!tokens) return;
  const auto check = [&](const expression::Token& name, std::span<const std::string_view> known,
                         const std::string& what) {
    const std::string_view text = name.text;
    if (std::ranges::any_of(known, [&](std::string_view one) { return is_same_without_case(one, text); }))
      return;
    add(node, offset + name.offset, path, what + " '" + std::string(text) + "'" + suggestion(text, known));
  };
  const auto check_input = [&](const expression::Token& name, const StepNames::Scope& of,
                               const std::string& what) {
    const std::vector<std::string_view> known(of.inputs.begin(), of.inputs.end());
    if (!known.empty()) check(name, known, what + " has no input");
  };
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    if (!is_root(*tokens, i)) continue;
    const auto names = names_from(std::span(*tokens).subspan(i));
    if (names.size() < 2) continue;
    if (is_same_without_case(names[0].text, "inputs"))
      check_input(names[1], names_.scopes[scope.names], scope.names == 0 ? "the workflow" : "the group");
    if (is_same_without_case(names[0].text, "run")) check(names[1], kRunMembers, "run has no");
    if (is_same_without_case(names[0].text, "run") && is_same_without_case(names[1].text, "inputs") &&
        names.size() > 2)
      check_input(names[2], names_.scopes.front(), "the workflow");
    if (is_same_without_case(names[0].text, "steps") && names.size() > 3 &&
        is_same_without_case(names[2].text, "error"))
      check(names[3], kErrorMembers, "an error has no");
  }
}

void ExpressionReader::check_steps(const expression::Expression& expression, const Node& node,
                                   std::size_t offset, const Path& path, const Scope& scope) {
  for (const expression::StepReference& reference : expression.step_references()) {
    const std::size_t at = offset + reference.column - 1;
    const auto is_asked = [&](std::string_view property) {
      return is_same_without_case(property, reference.property);
    };
    if (!reference.property.empty() && std::ranges::none_of(kProperties, is_asked)) {
      add(node, at, path,
          "a step has no '" + reference.property + "'" + remedy_for_property(reference.property));
    }
    if (!reference.key.empty())
      check_step(reference, node, at, path, scope);
    else if (scope.names != 0)
      add(node, at, path, "a group's steps are read by their keys alone: steps.key");
    else if (reference.number)
      check_number(*reference.number, node, at, path, scope);
    else
      read_all(node, at, path, scope);
  }
}

void ExpressionReader::check_step(const expression::StepReference& reference, const Node& node,
                                  std::size_t at, const Path& path, const Scope& scope) {
  const StepNames::Scope& names = names_.scopes[scope.names];
  const auto found = names.find(reference.key);
  if (!found) {
    const std::vector<std::string_view> known(names.known.begin(), names.known.end());
    const std::string_view of = scope.names == 0 ? "" : " in this group";
    add(node, at, path,
        "unknown step '" + reference.key + "'" + std::string(of) + suggestion(reference.key, known));
  } else if (*found == scope.self) {
    if (!scope.own) add(node, at, path, "the step refers to itself");
  } else if (*found >= names_.mains && scope.self < names_.mains) {
    add(node, at, path, "'" + reference.key + "' runs when all steps have ended: it can't be read here");
  } else {
    note_read(*found);
  }
}

void ExpressionReader::check_number(std::size_t number, const Node& node, std::size_t at, const Path& path,
                                    const Scope& scope) {
  if (number >= names_.numbered) {
    add(node, at, path,
        "found steps[" + std::to_string(number) + "], expected one of the file's " +
            std::to_string(names_.numbered) + " steps, counted from 0");
  } else if (number == scope.self) {
    add(node, at, path, "the step refers to itself");
  } else {
    note_read(static_cast<run::StepIndex>(number));
  }
}

/// steps.* and steps[<computed>]: what is written before.
void ExpressionReader::read_all(const Node& node, std::size_t at, const Path& path, const Scope& scope) {
  const std::size_t before = std::min<std::size_t>(scope.self, names_.numbered);
  for (std::size_t step = 0; step < before; ++step) note_read(static_cast<run::StepIndex>(step));
  if (!scope.own) filters_.push_back({locate(file_, node, at), path});
}

void ExpressionReader::note_read(run::StepIndex step) {
  if (std::ranges::find(steps_, step) == steps_.end()) steps_.push_back(step);
}

void ExpressionReader::settle_filters(bool any_before) {
  for (Filter& filter : std::exchange(filters_, {})) {
    if (any_before) continue;
    problems_.add(
        filter.at, std::move(filter.path),
        "no step can have run before this one: name those that it reads in dependsOn, or write them "
        "before it");
  }
}

void ExpressionReader::check_script(const expression::Expression& expression, const Node& node,
                                    std::size_t offset, const Path& path) {
  const expression::Reads& reads = expression.reads();
  const std::string_view context = reads.event                             ? "event"
                                   : reads.inputs                          ? "inputs"
                                   : !expression.step_references().empty() ? "steps"
                                                                           : "";
  if (context.empty()) return;
  add(node, offset + place_of(expression, {context}), path,
      std::string(context == "steps" ? "a step's result" : context) +
          " can't be put into a shell's script, which would run what it says: pass it by env (env: {VALUE: "
          "\"${ … }\"}) and write \"$VALUE\"");
}

std::vector<run::StepIndex> ExpressionReader::take_steps() {
  std::ranges::sort(steps_);
  return std::exchange(steps_, {});
}

}  // namespace callboard::workflow
