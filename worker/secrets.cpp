#include "worker/secrets.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::worker {
namespace {

constexpr std::string_view kPrefix = "CALLBOARD_SECRET_";
constexpr std::string_view kFileSuffix = "_FILE";

struct Variable {
  std::string name;
  std::string value;
};

/// Copies the variables that `wanted` names, and overwrites their values where the kernel shows them.
std::vector<Variable> take_variables(const std::function<bool(std::string_view)>& wanted) {
  std::vector<Variable> taken;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    char* equals = std::strchr(*entry, '=');
    if (equals == nullptr) continue;
    const std::string_view name(*entry, static_cast<std::size_t>(equals - *entry));
    if (!wanted(name)) continue;
    taken.push_back({std::string(name), equals + 1});
    explicit_bzero(equals + 1, std::strlen(equals + 1));
  }
  for (const Variable& variable : taken) unsetenv(variable.name.c_str());
  return taken;
}

Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::invalid, "can't read the secret in " + path);
  std::string value{std::istreambuf_iterator<char>(file), {}};
  if (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

}  // namespace

void Secrets::add(std::string name, std::string value) {
  scrubber_.add(value);
  named_.insert_or_assign(std::move(name), std::move(value));
}

void Secrets::add_hidden(std::string value) { scrubber_.add(value); }

const std::string* Secrets::find(std::string_view name) const {
  const auto found = named_.find(name);
  return found == named_.end() ? nullptr : &found->second;
}

void Secrets::scrub(run::Outcome& outcome) const {
  if (empty()) return;
  outcome.error.message = scrubber_.scrub(outcome.error.message);
  for (std::string* json : {&outcome.result, &outcome.usage}) {
    if (!scrubber_.finds(*json)) continue;
    auto value = read_json(*json, limits::kJsonDepth * 2);
    if (!value) {
      *json = "null";  // what can't be read can't be cleaned
      continue;
    }
    scrubber_.scrub(*value);
    *json = write_json(*value);
  }
}

Result<TakenEnvironment> take_environment(const std::vector<std::string_view>& credentials) {
  const auto is_credential = [&](std::string_view name) {
    if (name.ends_with(kFileSuffix)) name.remove_suffix(kFileSuffix.size());
    for (const std::string_view credential : credentials) {
      if (name == credential) return true;
    }
    return false;
  };
  TakenEnvironment taken;
  for (Variable& variable : take_variables(
           [&](std::string_view name) { return name.starts_with(kPrefix) || is_credential(name); })) {
    const bool is_named = variable.name.starts_with(kPrefix);
    if (variable.name.ends_with(kFileSuffix)) {
      auto value = read_secret_file(variable.value);
      if (!value) return std::unexpected(value.error());
      variable.name.resize(variable.name.size() - kFileSuffix.size());
      variable.value = std::move(*value);
    }
    if (is_named) {
      taken.secrets.add(variable.name.substr(kPrefix.size()), std::move(variable.value));
    } else {
      taken.secrets.add_hidden(variable.value);
      taken.settings.insert_or_assign(std::move(variable.name), std::move(variable.value));
    }
  }
  return taken;
}

void make_unreadable() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace callboard::worker
