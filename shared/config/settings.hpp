#pragma once

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/config/setting.hpp"
#include "shared/config/settings_file.hpp"

namespace callboard::config {

/// Where values come from, in the order in which they win: flags, environment, file.
struct Inputs {
  std::vector<std::pair<const Setting*, std::string>> flags;
  std::function<std::optional<std::string>(std::string_view name)> environment;
  /// Of --config. None: ./callboard.yaml, if it is there.
  std::optional<std::string> config_file;
};
/// The process's own environment.
std::optional<std::string> read_environment(std::string_view name);

/// One setting as it is in effect.
struct Effective {
  const Setting* setting = nullptr;
  std::optional<std::string> value;  // none: unset and without a default
  std::string place;                 // "--listen", "CALLBOARD_LISTEN", "callboard.yaml:3:9", "default"
};

class Settings {
 public:
  Settings(std::vector<Effective> all, std::map<std::string, std::string> vars, std::string config_file);

  /// Every setting, in the table's order.
  const std::vector<Effective>& all() const { return all_; }
  /// The value of a variable of the table; empty if unset.
  std::string text(std::string_view variable) const;
  std::optional<std::string> find(std::string_view variable) const;
  bool is_on(std::string_view variable) const { return text(variable) == "on"; }
  std::uint32_t count(std::string_view variable) const;
  /// The parts of a list, without blanks around them.
  std::vector<std::string> list(std::string_view variable) const;
  /// `vars:` of the file: what the `vars` context holds.
  const std::map<std::string, std::string>& vars() const { return vars_; }
  /// The file that was read; empty if none was.
  const std::string& config_file() const { return config_file_; }

 private:
  std::vector<Effective> all_;
  std::map<std::string, std::string> vars_;
  std::string config_file_;
};

/// Everything in effect, or everything that is wrong. Secrets given as <NAME>_FILE are read here, without a
/// newline at their end.
std::expected<Settings, Problems> resolve_settings(const Inputs& inputs);

/// The parts between commas, without blanks around them; empty ones are left out.
std::vector<std::string> split_list(std::string_view text);

/// One line a problem: "callboard.yaml:3:9: …".
std::string format_problems(const Problems& problems);
/// The settings of a program in effect, secrets masked, one line each with the place it comes from.
std::string format_settings(const Settings& settings);
/// The table as Markdown: what stands in README.md.
std::string format_settings_document();

}  // namespace callboard::config
