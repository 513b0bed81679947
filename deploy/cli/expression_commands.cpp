#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "deploy/cli/commands.hpp"
#include "shared/base/text.hpp"
#include "shared/expression/evaluate.hpp"
#include "shared/expression/spaces.hpp"
#include "shared/expression/value_contexts.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kLineBytes = 4 * limits::kMiB;

struct EvalWords {
  std::string expression;
  std::string contexts;  // a file
  bool lines = false;
};

/// What is wrong with an expression, or with the line that was to hold one (no column).
struct Fault {
  std::string message;
  std::optional<std::size_t> column{};  // in characters, from 1
  std::size_t offset = 0;               // the same place in bytes
  Exit exit = Exit::bad_usage;
};

std::string_view kind_of(const Value& value) {
  if (value.is_null()) return "Null";
  if (value.is_bool()) return "Boolean";
  if (value.is_string()) return "String";
  if (value.is_array()) return "Array";
  return value.is_object() ? "Object" : "Number";
}

Fault fault_at(std::string_view source, std::size_t column, const Error& error, Exit exit) {
  const std::size_t offset = std::min(column - 1, source.size());
  return {error.message, count_characters(source.substr(0, offset)) + 1, offset, exit};
}

/// An empty expression is null, as for Actions.
std::expected<Value, Fault> evaluate_text(std::string_view source, Value contexts) {
  if (expression::trimmed(source).empty()) return Value();
  std::vector<std::string> names;
  if (contexts.is_object()) {
    for (const auto& member : contexts.get_object())
      names.emplace_back(member.key().data(), member.key().size());
  }
  std::size_t column = 0;
  const auto parsed = expression::parse_expression(source, &column, names);
  if (!parsed) return std::unexpected(fault_at(source, column, parsed.error(), Exit::bad_usage));
  auto value =
      expression::evaluate(*parsed, expression::ValueContexts(std::move(contexts), wall_now()), &column);
  if (!value) return std::unexpected(fault_at(source, column, value.error(), Exit::failed));
  return std::move(*value);
}

Value as_answer(const std::expected<Value, Fault>& value) {
  if (value) {
    const std::string_view kind = kind_of(*value);
    return Object{{"kind", boost::json::string_view(kind.data(), kind.size())}, {"value", *value}};
  }
  Object fault{{"message", value.error().message}, {"column", nullptr}};
  if (value.error().column) fault["column"] = *value.error().column;
  return Object{{"error", std::move(fault)}};
}

std::expected<Value, Fault> evaluate_line(const std::string& line) {
  if (line.size() > kLineBytes) return std::unexpected(Fault{"the line is longer than 4 MiB"});
  const auto read = read_json(line);
  const Value* const source = read ? find(&*read, "expr") : nullptr;
  if (source == nullptr || !source->is_string())
    return std::unexpected(Fault{"expected a line {\"expr\": text, \"contexts\": object}" +
                                 (read ? std::string() : ": " + read.error().message)});
  const Value* const contexts = find(&*read, "contexts");
  return evaluate_text(std::string_view(source->get_string()), contexts == nullptr ? Value() : *contexts);
}

Exit evaluate_lines(const Commands& commands) {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      commands.terminal.line(write_json(as_answer(evaluate_line(line))));
  }
  return Exit::done;
}

std::expected<Value, Exit> read_contexts(const Commands& commands, const std::string& path) {
  if (path.empty()) return Value();
  const auto text = read_argument_file(commands.terminal, path, limits::kWebhookBytes);
  if (!text) return std::unexpected(text.error());
  auto contexts = read_json(*text);
  if (contexts && contexts->is_object()) return std::move(*contexts);
  commands.terminal.error("callboard: " + printable(path) + ": expected a JSON object of contexts" +
                          (contexts ? "" : ": " + printable(contexts.error().message)));
  return std::unexpected(Exit::bad_usage);
}

Exit explain(const Commands& commands, const std::string& source, const Fault& fault) {
  commands.terminal.error("callboard: " + printable(fault.message));
  commands.terminal.error("  " + printable(source) + "\n  " +
                          std::string(shown_width(printable(source.substr(0, fault.offset))), ' ') + "^");
  return fault.exit;
}

Exit evaluate_one(const Commands& commands, const EvalWords& words) {
  if (words.lines) return evaluate_lines(commands);
  auto contexts = read_contexts(commands, words.contexts);
  if (!contexts) return contexts.error();
  const auto value = evaluate_text(words.expression, std::move(*contexts));
  if (!commands.json && !value) return explain(commands, words.expression, value.error());
  commands.terminal.line(write_json(commands.json ? as_answer(value) : *value));
  return value ? Exit::done : value.error().exit;
}

}  // namespace

void add_expression_commands(CLI::App& app, Commands& commands) {
  CLI::App* group = app.add_subcommand("expression", "Try expressions out");
  group->require_subcommand(1);
  auto words =
      std::make_shared<EvalWords>();  // shared with the parser, which keeps references to its members
  CLI::App* eval = group->add_subcommand("eval", "Print what an expression comes out as");
  auto* expression = eval->add_option("EXPR", words->expression, "what would stand between ${ and }");
  auto* contexts = eval->add_option("--contexts", words->contexts,
                                    "a JSON file: an object of contexts, {\"event\": …, \"inputs\": …}");
  auto* lines =
      eval->add_flag("--lines", words->lines,
                     "read {\"expr\", \"contexts\"} from standard input, a line each, and answer each "
                     "with {\"kind\", \"value\"} or {\"error\"}");
  lines->excludes(expression)->excludes(contexts);
  eval->callback([&commands, words, expression, lines] {
    if (expression->count() + lines->count() == 0) throw CLI::RequiredError("EXPR or --lines");
    commands.chosen = [&commands, words] { return evaluate_one(commands, *words); };
  });
}

}  // namespace callboard::cli
