#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "shared/base/file.hpp"
#include "shared/base/text.hpp"
#include "shared/config/programs.hpp"

namespace callboard::config {
namespace {

constexpr std::string_view kPrefix = "CALLBOARD_SECRET_";
constexpr std::string_view kFileSuffix = "_FILE";

/// Names of the process's environment that pass.
template <typename Test>
std::vector<std::string> variable_names(Test&& test) {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (test(name)) names.emplace_back(name);
  }
  return names;
}

Result<std::string> read_secret_file(const std::string& path) {
  auto text = read_file(path);
  while (text && (text->ends_with('\n') || text->ends_with('\r'))) text->pop_back();
  return text;
}

}  // namespace

bool is_secret_variable(std::string_view name) {
  if (name.starts_with(kPrefix)) return true;
  if (name.ends_with(kFileSuffix)) name.remove_suffix(kFileSuffix.size());
  if (is_webhook_secret(name)) return true;
  const Setting* setting = find_setting(name);
  return setting != nullptr && (is_secret(*setting) || setting->kind == SettingKind::database_url);
}

bool is_webhook_secret(std::string_view name) {
  if (name.ends_with(kFileSuffix)) name.remove_suffix(kFileSuffix.size());
  const bool has_end = name.ends_with("_SECRET") || name.ends_with("_TOKEN") || name.ends_with("_KEY");
  return has_end && !name.starts_with("CALLBOARD_") && find_setting(name) == nullptr;
}

WebhookSecrets find_webhook_secrets() {
  WebhookSecrets secrets;
  for (const std::string& variable : variable_names(is_webhook_secret)) {
    std::string name = variable;
    std::string value = read_environment(variable).value_or("");
    if (name.ends_with(kFileSuffix)) {
      name.resize(name.size() - kFileSuffix.size());
      value = read_secret_file(value).value_or("");
    }
    for (std::string& secret : split_list(value)) secrets[name].push_back(std::move(secret));
  }
  return secrets;
}

std::expected<std::map<std::string, std::string>, Problems> find_secrets() {
  std::map<std::string, std::string> secrets;
  Problems problems;
  const auto names = variable_names([](std::string_view name) { return name.starts_with(kPrefix); });
  for (const std::string& variable : names) {
    std::string name = variable.substr(kPrefix.size());
    std::string value = read_environment(variable).value_or("");
    if (name.ends_with(kFileSuffix) && name.size() > kFileSuffix.size()) {
      name.resize(name.size() - kFileSuffix.size());
      const auto content = read_secret_file(value);
      if (!content) problems.push_back({variable, printable(content.error().message)});
      value = content.value_or("");
    }
    if (name.empty()) problems.push_back({variable, "expected a name behind CALLBOARD_SECRET_"});
    if (!value.empty()) secrets.insert_or_assign(name, value);
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return secrets;
}

void erase_secret_variables() {
  for (const std::string& name : variable_names(is_secret_variable)) {
    // The bytes of the environment block itself, which is what /proc/PID/environ shows.
    char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before threads start
    if (value != nullptr) explicit_bzero(value, std::strlen(value));
    unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before threads start
  }
}

}  // namespace callboard::config
