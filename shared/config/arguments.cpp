#include "shared/config/arguments.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace callboard::config {

Inputs FlagValues::inputs() const {
  Inputs inputs;
  inputs.flags = values;
  inputs.environment = read_environment;
  if (!config_file.empty()) inputs.config_file = config_file;
  return inputs;
}

void add_setting_flags(CLI::App& app, Program program, FlagValues& flags) {
  app.add_option("--config", flags.config_file, "settings file (./callboard.yaml, if it is there)")
      ->type_name("FILE");
  for (const Setting& setting : settings_table()) {
    if (setting.flag.empty() || !is_for(setting, program)) continue;
    std::string help = std::string(setting.help) + " [" + std::string(setting.variable);
    if (!setting.fallback.empty()) help += ", default " + std::string(setting.fallback);
    // A switch may stand alone: `--insecure-webhooks` is `--insecure-webhooks on`.
    const bool alone = setting.kind == SettingKind::on_off;
    const auto take = [&flags, &setting, alone](const CLI::results_t& given) {
      const bool bare = alone && (given.empty() || given.front().empty());
      flags.values.emplace_back(&setting, bare ? "on" : given.front());
      return true;
    };
    app.add_option(std::string(setting.flag), take, help + "]")
        ->expected(alone ? 0 : 1, 1)
        ->type_name(alone ? "on|off" : "VALUE");
  }
}

std::expected<Settings, int> read_server_settings(Program program, std::string_view description, int argc,
                                                  char** argv, std::string_view version) {
  CLI::App app{std::string(description)};
  app.set_version_flag("--version", std::string(version));
  FlagValues flags;
  add_setting_flags(app, program, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return std::unexpected(app.exit(end) == 0 ? 0 : 2);
  }
  auto settings = resolve_settings(flags.inputs());
  if (!settings) {
    std::fputs(format_problems(settings.error()).c_str(), stderr);
    return std::unexpected(2);
  }
  return std::move(*settings);
}

}  // namespace callboard::config
