#include "shared/workflow/executors/registry.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kAll = {&kNoop,     &kEcho,     &kSet,        &kFail, &kSleep, &kWait,
                             &kApproval, &kWorkflow, &kContinueAs, &kHttp, &kShell, &kProvider};

constexpr std::array kLater = {"agent"sv,   "mcp"sv, "linear"sv,  "discord"sv,
                               "clickup"sv, "n8n"sv, "codegen"sv, "slack"sv};
constexpr std::array kLaterNamespaces = {"github."sv,   "linear."sv,  "slack."sv,  "discord."sv,
                                         "telegram."sv, "clickup."sv, "n8n."sv,    "codegen."sv,
                                         "code."sv,     "memory."sv,  "prompt."sv, "system."sv};

bool is_later(std::string_view name) {
  return std::ranges::count(kLater, name) > 0 ||
         std::ranges::any_of(kLaterNamespaces,
                             [&](std::string_view space) { return name.starts_with(space); });
}

}  // namespace

std::span<const Description* const> executors() { return kAll; }

const Description* find_executor(std::string_view name, const ShortName** short_name) {
  for (const Description* executor : kAll) {
    if (executor->name == name) return executor;
    const auto at = std::ranges::find(executor->short_names, name, &ShortName::name);
    if (at == executor->short_names.end()) continue;
    if (short_name != nullptr) *short_name = &*at;
    return executor;
  }
  return nullptr;
}

std::string unknown_executor(std::string_view name) {
  if (is_later(name)) return "executor '" + std::string(name) + "' is not supported yet";
  std::vector<std::string_view> known;
  for (const Description* executor : kAll) {
    known.push_back(executor->name);
    for (const ShortName& other : executor->short_names) known.push_back(other.name);
  }
  return "unknown executor '" + std::string(name) + "'" + suggestion(name, known);
}

}  // namespace callboard::workflow
