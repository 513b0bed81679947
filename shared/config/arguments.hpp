#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/config/settings.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace callboard::config {

/// The flags of a command line, as CLI11 fills them in while it parses. Outlives the App that it was added
/// to.
struct FlagValues {
  std::vector<std::pair<const Setting*, std::string>> values;  // those given
  std::string config_file;

  /// Flags, this process's environment and the file.
  Inputs inputs() const;
};
/// Adds --config and the flag of every setting that `program` reads, with help from the table.
void add_setting_flags(CLI::App& app, Program program, FlagValues& flags);

/// The whole command line of a server program. On --help and --version (printed), and on bad usage or bad
/// settings (explained on standard error), there are no settings but the exit status: 0 or 2.
std::expected<Settings, int> read_server_settings(Program program, std::string_view description, int argc,
                                                  char** argv, std::string_view version);

}  // namespace callboard::config
