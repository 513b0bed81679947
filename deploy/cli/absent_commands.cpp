#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"

namespace callboard::cli {
namespace {

void add_absent(CLI::App& parent, Commands& commands, const std::string& name) {
  CLI::App* command = parent.add_subcommand(name, "");
  command->group("");  // not in --help
  command->fallthrough(false);
  command->allow_extras();
  command->prefix_command();
  command->callback([&commands, name] {
    commands.chosen = [&commands, name] {
      commands.terminal.error("callboard: " + name + " is not supported yet");
      return Exit::bad_usage;
    };
  });
}

}  // namespace

void add_absent_commands(CLI::App& app, Commands& commands) {
  for (const char* name : {"doctor", "workers", "top", "token", "agents", "gateway"}) {
    add_absent(app, commands, name);
  }
}

}  // namespace callboard::cli
