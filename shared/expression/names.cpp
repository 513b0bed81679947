#include "shared/expression/names.hpp"

#include <algorithm>
#include <array>

#include "shared/base/text.hpp"
#include "shared/expression/coercion.hpp"

namespace callboard::expression {
namespace {

using namespace std::string_view_literals;

template <typename Meaning>
struct Entry {
  std::string_view name;
  Meaning meaning;
};

constexpr std::array kRoots = {
    Entry{"event"sv, Root::event}, Entry{"inputs"sv, Root::inputs}, Entry{"steps"sv, Root::steps},
    Entry{"run"sv, Root::run},     Entry{"vars"sv, Root::vars},     Entry{"secrets"sv, Root::secrets},
};
constexpr std::array kFunctions = {
    Entry{"success"sv, StatusFunction::success},
    Entry{"failure"sv, StatusFunction::failure},
    Entry{"always"sv, StatusFunction::always},
    Entry{"cancelled"sv, StatusFunction::cancelled},
};
constexpr std::array kLaterRoots = {"item"sv, "index"sv};
constexpr std::array kLaterFunctions = {"contains"sv, "startsWith"sv, "endsWith"sv, "format"sv,
                                        "join"sv,     "toJSON"sv,     "fromJSON"sv, "case"sv,
                                        "default"sv,  "length"sv,     "now"sv};

bool is_same(std::string_view a, std::string_view b) { return compare_without_case(a, b) == 0; }

template <typename Meaning, std::size_t N>
std::optional<Meaning> find_in(const std::array<Entry<Meaning>, N>& table, std::string_view name) {
  for (const auto& entry : table) {
    if (is_same(entry.name, name)) return entry.meaning;
  }
  return std::nullopt;
}

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view known) { return is_same(known, name); });
}

template <typename Meaning, std::size_t N>
std::string unknown(const std::array<Entry<Meaning>, N>& table, std::string_view kind,
                    std::string_view name) {
  std::array<std::string_view, N> names{};
  std::ranges::transform(table, names.begin(), &Entry<Meaning>::name);
  std::string out = "unknown " + std::string(kind) + " '" + std::string(name) + "'";
  if (const std::string meant = did_you_mean(name, names); !meant.empty()) return out + meant;
  out += ", expected";
  for (const std::string_view known : names)
    out += (known == names.front() ? " " : ", ") + std::string(known);
  return out;
}

}  // namespace

std::optional<Root> find_root(std::string_view name) { return find_in(kRoots, name); }
std::optional<StatusFunction> find_function(std::string_view name) { return find_in(kFunctions, name); }

std::string unknown_root(std::string_view name) {
  if (is_among(kLaterRoots, name)) return "'" + std::string(name) + "' is not supported yet";
  return unknown(kRoots, "context", name);
}

std::string unknown_function(std::string_view name) {
  if (is_among(kLaterFunctions, name)) return "function " + std::string(name) + "() is not supported yet";
  return unknown(kFunctions, "function", name);
}

}  // namespace callboard::expression
