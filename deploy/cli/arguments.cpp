#include "deploy/cli/arguments.hpp"

#include <CLI/CLI.hpp>

#include "shared/base/text.hpp"
#include "shared/value/sha256.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::cli {

std::expected<Object, Exit> read_inputs(const Commands& commands, const std::vector<std::string>& pairs) {
  Object inputs;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      commands.terminal.error("callboard: --input: found \"" + printable(pair) + "\", expected name=value");
      return std::unexpected(Exit::bad_usage);
    }
    inputs[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return inputs;
}

std::expected<std::string, Exit> read_workflow(const Commands& commands, const std::string& path) {
  auto text = read_argument_file(commands.terminal, path);
  if (!text) return text;
  const auto compiled = workflow::compile(*text);
  if (compiled) return text;
  commands.terminal.error(printable(workflow::to_string(compiled.error(), path), true));
  return std::unexpected(Exit::bad_usage);
}

std::expected<std::string, Exit> read_definition(const Commands& commands, const std::string& argument) {
  if (argument.empty() || is_hash(argument)) return argument;
  return read_argument_file(commands.terminal, argument);
}

void add_fork_options(CLI::App& parser, ForkArguments& fork) {
  parser.add_option("--from", fork.from, "of a fork: the first step to run again");
  parser
      .add_option("--input", fork.inputs,
                  "of a fork, an input instead of the run's own: name=value; may be given again")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  parser.add_option("--definition", fork.definition,
                    "of a fork: a workflow file instead of the run's own definition");
}

std::expected<Object, Exit> read_fork(const Commands& commands, const ForkArguments& fork) {
  auto inputs = read_inputs(commands, fork.inputs);
  if (!inputs) return inputs;
  Object body;
  if (!fork.from.empty()) body["from"] = fork.from;
  if (!inputs->empty()) body["inputs"] = std::move(*inputs);
  if (fork.definition.empty()) return body;
  auto text = read_workflow(commands, fork.definition);
  if (!text) return std::unexpected(text.error());
  body["definition"] = *text;
  return body;
}

}  // namespace callboard::cli
