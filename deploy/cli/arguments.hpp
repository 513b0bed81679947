#pragma once

#include <expected>
#include <string>
#include <vector>

#include "deploy/cli/commands.hpp"
#include "shared/value/value.hpp"

/// What several commands take as arguments. Faults are told on standard error.
namespace callboard::cli {

/// name=value of each. Texts: the dispatcher reads them as the types that the workflow declares.
std::expected<Object, Exit> read_inputs(const Commands& commands, const std::vector<std::string>& pairs);

/// Whether an argument that may be a file or a workflow's name is a file.
bool is_workflow_file(const std::string& what);

/// The text of a version: a file's, or what the dispatcher has under NAME or NAME@HASH (its first digits are
/// enough). It need not be valid.
std::expected<std::string, Exit> read_version(const Commands& commands, const std::string& argument);

/// The file's text, if it is a valid workflow.
std::expected<std::string, Exit> read_workflow(const Commands& commands, const std::string& path);

/// What `--to` and `--definition` name: the text of a file, or the hash of a stored definition, which stands
/// for itself; empty for an empty argument.
std::expected<std::string, Exit> read_definition(const Commands& commands, const std::string& argument);

/// What a fork is to be.
struct ForkArguments {
  std::string from;
  std::vector<std::string> inputs;  // name=value
  std::string definition;           // a file; empty: the run's own
};
void add_fork_options(CLI::App& parser, ForkArguments& fork);
/// As members of a request.
std::expected<Object, Exit> read_fork(const Commands& commands, const ForkArguments& fork);

}  // namespace callboard::cli
