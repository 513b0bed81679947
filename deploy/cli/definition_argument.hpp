#pragma once

#include <expected>
#include <string>

#include "deploy/cli/commands.hpp"

namespace callboard::cli {

/// What `--to` and `--definition` name: the text of a file, or the hash of a stored definition, which stands
/// for itself; empty for an empty argument. Told on standard error if the file can't be read.
std::expected<std::string, Exit> read_definition(const Commands& commands, const std::string& argument);

}  // namespace callboard::cli
