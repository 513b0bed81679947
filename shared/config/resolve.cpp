#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "shared/base/check.hpp"
#include "shared/base/file.hpp"
#include "shared/base/text.hpp"
#include "shared/config/settings.hpp"

namespace callboard::config {
namespace {

constexpr std::string_view kVars = "vars.";
constexpr std::string_view kDefaultFile = "callboard.yaml";

const Setting* find_by_key(std::string_view key) {
  const auto table = settings_table();
  const auto found = std::ranges::find(table, key, &Setting::key);
  return found == table.end() ? nullptr : &*found;
}

std::string unknown_key(std::string_view path) {
  std::vector<std::string_view> known{"vars"};
  for (const Setting& setting : settings_table()) known.push_back(setting.key);
  const std::string_view nearest = nearest_name(path, known);
  std::string message = "unknown setting " + printable(path);
  if (!nearest.empty()) message += "; did you mean " + std::string(nearest) + "?";
  return message;
}

class Resolver {
 public:
  explicit Resolver(const Inputs& inputs) : inputs_(inputs) {}

  std::expected<Settings, Problems> resolve() {
    read_config_file();
    std::vector<Effective> all;
    for (const Setting& setting : settings_table()) all.push_back(resolve_one(setting));
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    return Settings(std::move(all), std::move(vars_), std::move(file_name_));
  }

 private:
  void read_config_file() {
    const std::string name = inputs_.config_file.value_or(std::string(kDefaultFile));
    const auto text = read_file(name);
    if (!text) {
      const bool is_wanted = inputs_.config_file || text.error().code != ErrorCode::not_found;
      if (is_wanted) problems_.push_back({"--config", printable(text.error().message)});
      return;
    }
    file_name_ = name;
    auto entries = parse_settings_file(name, *text);
    if (!entries) {
      problems_ = std::move(entries.error());
      return;
    }
    for (FileEntry& entry : *entries) take_entry(std::move(entry));
  }

  void take_entry(FileEntry entry) {
    if (entry.path.starts_with(kVars)) {
      vars_.emplace(entry.path.substr(kVars.size()), std::move(entry.value));
    } else if (find_by_key(entry.path) == nullptr) {
      problems_.push_back({entry.place, unknown_key(entry.path)});
    } else {
      entries_.push_back(std::move(entry));
    }
  }

  Effective resolve_one(const Setting& setting) {
    Effective effective{&setting, std::nullopt, ""};
    if (!take_flag(setting, effective) && !take_variable(setting, effective) &&
        !take_file(setting, effective)) {
      if (!setting.fallback.empty()) effective.value = std::string(setting.fallback);
      effective.place = "default";
      return effective;
    }
    if (!effective.value) return effective;
    if (const auto refusal = refuse_value(setting.kind, *effective.value)) {
      const std::string found = is_secret(setting) ? "" : "found \"" + printable(*effective.value) + "\", ";
      problems_.push_back({effective.place, name_at(setting, effective.place) + found + *refusal});
    }
    return effective;
  }

  /// A place in a file does not say which setting it is; a flag or a variable does.
  static std::string name_at(const Setting& setting, const std::string& place) {
    return place.find(':') == std::string::npos ? "" : std::string(setting.key) + ": ";
  }

  bool take_flag(const Setting& setting, Effective& effective) const {
    const auto found =
        std::ranges::find(inputs_.flags, &setting, [](const auto& flag) { return flag.first; });
    if (found == inputs_.flags.end()) return false;
    effective.value = found->second;
    effective.place = setting.flag;
    return true;
  }

  /// An empty variable counts as unset, as in most shells' scripts.
  bool take_variable(const Setting& setting, Effective& effective) {
    const std::string name(setting.variable);
    if (auto value = inputs_.environment(name); value && !value->empty()) {
      effective.value = std::move(value);
      effective.place = name;
      return true;
    }
    if (!is_secret(setting)) return false;
    const auto path = inputs_.environment(name + "_FILE");
    if (!path || path->empty()) return false;
    effective.place = name + "_FILE";
    auto text = read_file(*path);
    if (text)
      effective.value = std::move(*text);
    else
      problems_.push_back({effective.place, printable(text.error().message)});
    while (effective.value && (effective.value->ends_with('\n') || effective.value->ends_with('\r'))) {
      effective.value->pop_back();
    }
    return true;
  }

  bool take_file(const Setting& setting, Effective& effective) const {
    const auto found = std::ranges::find(entries_, setting.key, &FileEntry::path);
    if (found == entries_.end()) return false;
    effective.value = found->value;
    effective.place = found->place;
    return true;
  }

  const Inputs& inputs_;
  std::vector<FileEntry> entries_;
  std::map<std::string, std::string> vars_;
  std::string file_name_;
  Problems problems_;
};

}  // namespace

std::optional<std::string> read_environment(std::string_view name) {
  const char* value =
      std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe): read before threads start
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Settings::Settings(std::vector<Effective> all, std::map<std::string, std::string> vars,
                   std::string config_file)
    : all_(std::move(all)), vars_(std::move(vars)), config_file_(std::move(config_file)) {}

std::optional<std::string> Settings::find(std::string_view variable) const {
  const auto found =
      std::ranges::find_if(all_, [&](const Effective& each) { return each.setting->variable == variable; });
  CALLBOARD_CHECK(found != all_.end());
  return found->value;
}

std::string Settings::text(std::string_view variable) const { return find(variable).value_or(""); }

std::uint32_t Settings::count(std::string_view variable) const {
  const std::string value = text(variable);
  std::uint32_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

std::vector<std::string> Settings::list(std::string_view variable) const {
  return split_list(text(variable));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return parts;
}

std::expected<Settings, Problems> resolve_settings(const Inputs& inputs) {
  return Resolver(inputs).resolve();
}

}  // namespace callboard::config
