#include "deploy/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "deploy/authoring/excerpt.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
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

bool is_workflow_file(const std::string& what) {
  std::error_code ignored;
  if (what == "." || what == "..") return true;  // names no workflow: that it is a folder is told
  return what.find('/') != std::string::npos || what.ends_with(".yaml") || what.ends_with(".yml") ||
         what.ends_with(".json") || std::filesystem::is_regular_file(what, ignored);
}

std::expected<std::string, Exit> read_version(const Commands& commands, const std::string& argument) {
  if (is_workflow_file(argument)) return read_argument_file(commands.terminal, argument);
  const std::size_t at = argument.find('@');
  std::string path = "/api/workflows/" + percent_encoded(argument.substr(0, at));
  if (at != std::string::npos) path += "?hash=" + percent_encoded(argument.substr(at + 1));
  const auto api = commands.connect();
  if (!api) return std::unexpected(api.error());
  const auto answer = (*api)->get(path);
  if (!answer) return std::unexpected(explain_error(commands.terminal, answer.error()));
  if (answer->status != 200) return std::unexpected(explain_answer(commands.terminal, *answer));
  const auto body = read_json(answer->body, 2 * limits::kJsonDepth);
  return body ? std::string(find_text(&*body, "definition")) : std::string();
}

std::expected<std::string, Exit> read_workflow(const Commands& commands, const std::string& path) {
  auto text = read_argument_file(commands.terminal, path);
  if (!text) return text;
  const auto compiled = workflow::compile(*text);
  if (compiled) return text;
  commands.terminal.error(authoring::show_problems(compiled.error(), path, *text));
  return std::unexpected(Exit::bad_usage);
}

std::expected<std::string, Exit> read_definition(const Commands& commands, const std::string& argument) {
  if (argument.empty() || is_hash(argument)) return argument;
  return read_argument_file(commands.terminal, argument);
}

void add_fork_options(CLI::App& parser, ForkArguments& fork) {
  parser.add_option("--from", fork.from,
                    "of a fork: the first step to run again, or an item of a map: build[2]");
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
