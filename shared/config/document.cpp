#include <algorithm>

#include "shared/base/text.hpp"
#include "shared/config/settings.hpp"

namespace callboard::config {
namespace {

std::string read_by(const Setting& setting) {
  std::string names;
  const auto add = [&](Program program, std::string_view name) {
    if (!is_for(setting, program)) return;
    if (!names.empty()) names += ", ";
    names += name;
  };
  add(Program::dispatcher, "dispatcher");
  add(Program::worker, "worker");
  return names.empty() ? "callboard" : names;
}

std::string code(std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; }

}  // namespace

std::string format_problems(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems)
    text += printable(problem.place) + ": " + printable(problem.message) + "\n";
  return text;
}

std::string format_settings(const Settings& settings) {
  std::size_t width = 0;
  for (const Effective& each : settings.all()) width = std::max(width, each.setting->variable.size());
  std::string text;
  for (const Effective& each : settings.all()) {
    std::string name(each.setting->variable);
    name.resize(width, ' ');
    const std::string value = each.value ? printable(masked_value(*each.setting, *each.value)) : "(unset)";
    text += name + "  " + value + "  [" + printable(each.place) + "]\n";
  }
  for (const auto& [name, value] : settings.vars()) {
    text += "vars." + printable(name) + "  " + printable(value) + "  [" + printable(settings.config_file()) +
            "]\n";
  }
  return text;
}

std::string format_settings_document() {
  std::string text =
      "| environment | flag | key of the file | read by | default | meaning, and what it looks like |\n";
  text += "| --- | --- | --- | --- | --- | --- |\n";
  for (const Setting& setting : settings_table()) {
    text += "| `" + std::string(setting.variable) + "` | " + code(setting.flag) + " | `" +
            std::string(setting.key) + "` | " + read_by(setting) + " | " + code(setting.fallback) + " | " +
            std::string(setting.help) + "; " + std::string(expected_of(setting.kind)) + " |\n";
  }
  return text;
}

}  // namespace callboard::config
