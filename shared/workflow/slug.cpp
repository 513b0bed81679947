#include "shared/workflow/slug.hpp"

#include <algorithm>

namespace callboard::workflow {
namespace {

constexpr std::size_t kMostBytes = 63;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Lower case; what is not kept becomes one dash for a row of it, none at the ends.
std::string squeezed(std::string_view name, std::string_view also_kept) {
  std::string out;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if ((lower >= 'a' && lower <= 'z') || is_digit(lower) || also_kept.contains(lower))
      out += lower;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  out.resize(std::min(out.size(), kMostBytes));
  while (out.ends_with('-')) out.pop_back();
  return out;
}

}  // namespace

std::string slug_of(std::string_view name) { return squeezed(name, "_."); }

std::string step_key_of(std::string_view name) {
  std::string out = squeezed(name, "_");
  if (!out.empty() && is_digit(out.front())) out.insert(0, 1, '_');
  out.resize(std::min(out.size(), kMostBytes));
  return out;
}

bool is_step_key(std::string_view key) {
  return !key.empty() && key.size() <= kMostBytes && is_letter(key.front()) &&
         std::ranges::all_of(key, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

}  // namespace callboard::workflow
