#include "shared/expression/names.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "shared/base/text.hpp"
#include "shared/expression/casing.hpp"

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
    Entry{"item"sv, Root::item},   Entry{"index"sv, Root::index},
};
constexpr std::array kStatusFunctions = {
    Entry{"success"sv, StatusFunction::success},
    Entry{"failure"sv, StatusFunction::failure},
    Entry{"always"sv, StatusFunction::always},
    Entry{"cancelled"sv, StatusFunction::cancelled},
};
constexpr std::size_t kArguments = 255;
constexpr std::array kFunctions = {
    Signature{"contains"sv, Function::contains, 2, 2},
    Signature{"startsWith"sv, Function::starts_with, 2, 2},
    Signature{"endsWith"sv, Function::ends_with, 2, 2},
    Signature{"format"sv, Function::format, 1, kArguments},
    Signature{"join"sv, Function::join, 1, 2},
    Signature{"toJSON"sv, Function::to_json, 1, 1},
    Signature{"fromJSON"sv, Function::from_json, 1, 1},
    Signature{"case"sv, Function::case_of, 3, kArguments, true},
    Signature{"default"sv, Function::default_of, 2, 2},
    Signature{"length"sv, Function::length, 1, 1},
    Signature{"now"sv, Function::now, 0, 0},
};

template <typename Meaning, std::size_t N>
std::optional<Meaning> find_in(const std::array<Entry<Meaning>, N>& table, std::string_view name) {
  for (const auto& entry : table) {
    if (is_same_without_case(entry.name, name)) return entry.meaning;
  }
  return std::nullopt;
}

/// What stands here in place of GitHub Actions' contexts.
constexpr std::array kOfActions = {
    Entry{"github"sv, "event, the payload of the event (event.repository.full_name), or run"sv},
    Entry{"env"sv, "vars or inputs"sv},
    Entry{"needs"sv, "steps.<key>.result"sv},
    Entry{"matrix"sv, "item, in a step with forEach"sv},
    Entry{"strategy"sv, "item and index, in a step with forEach"sv},
    Entry{"job"sv, "run"sv},
    Entry{"jobs"sv, "steps.<key>.result"sv},
};

/// Something else that is spelled like it.
std::string remedy_for(std::string_view name) {
  for (const std::string_view keyword : {"true"sv, "false"sv, "null"sv, "NaN"sv, "Infinity"sv}) {
    if (is_same_without_case(keyword, name)) return std::string(keyword);
  }
  if (find_status_function(name)) return std::string(name) + "()";
  const Signature* const function = find_function(name);
  return function == nullptr ? "" : std::string(function->name) + "(…)";
}

std::string unknown(std::span<const std::string_view> names, std::string_view kind, std::string_view name) {
  std::string out = "unknown " + std::string(kind) + " '" + std::string(name) + "'";
  if (const std::string meant = did_you_mean(name, names); !meant.empty()) return out + meant;
  out += ", expected";
  for (const std::string_view known : names)
    out += (known == names.front() ? " " : ", ") + std::string(known);
  return out;
}

}  // namespace

std::optional<Root> find_root(std::string_view name) { return find_in(kRoots, name); }
std::optional<StatusFunction> find_status_function(std::string_view name) {
  return find_in(kStatusFunctions, name);
}

const Signature* find_function(std::string_view name) {
  const auto found = std::ranges::find_if(
      kFunctions, [&](const Signature& known) { return is_same_without_case(known.name, name); });
  return found == kFunctions.end() ? nullptr : &*found;
}

std::string unknown_root(std::string_view name, std::span<const std::string> more) {
  std::vector<std::string_view> names;
  names.reserve(kRoots.size() + more.size());
  for (const auto& entry : kRoots) names.push_back(entry.name);
  for (const std::string& given : more) {
    if (!find_root(given)) names.push_back(given);
  }
  if (const auto other = find_in(kOfActions, name))
    return "unknown context '" + std::string(name) + "': write " + std::string(*other);
  const std::string remedy = remedy_for(name);
  if (!remedy.empty()) return "unknown context '" + std::string(name) + "': did you mean " + remedy + "?";
  return unknown(names, "context", name);
}

std::string unknown_function(std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(kFunctions.size() + kStatusFunctions.size());
  for (const Signature& known : kFunctions) names.push_back(known.name);
  for (const auto& entry : kStatusFunctions) names.push_back(entry.name);
  return unknown(names, "function", name);
}

}  // namespace callboard::expression
