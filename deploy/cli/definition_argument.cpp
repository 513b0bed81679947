#include "deploy/cli/definition_argument.hpp"

namespace callboard::cli {

std::expected<std::string, Exit> read_definition(const Commands& commands, const std::string& argument) {
  const bool is_hash =
      argument.size() == 64 && argument.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (argument.empty() || is_hash) return argument;
  return read_argument_file(commands.terminal, argument);
}

}  // namespace callboard::cli
