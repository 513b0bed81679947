#include "shared/value/large_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "shared/base/text.hpp"
#include "shared/value/json_fault.hpp"

namespace callboard {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kNumberParts = "0123456789+-.eE";

/// Takes the digits that `text` begins with; false if there are none.
bool take_digits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of(kDigits), text.size());
  text.remove_prefix(count);
  return count > 0;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_json_number(std::string_view text) {
  take(text, "-");
  const std::string_view whole = text;
  if (!take_digits(text)) return false;
  if (whole.front() == '0' && whole.size() - text.size() > 1) return false;
  if (take(text, ".") && !take_digits(text)) return false;
  if (take(text, "eE")) {
    take(text, "+-");
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

bool fits_64_bits(std::string_view integer) {
  const char* const end = integer.data() + integer.size();
  std::int64_t with_sign = 0;
  std::uint64_t without = 0;
  return std::from_chars(integer.data(), end, with_sign).ec == std::errc() ||
         std::from_chars(integer.data(), end, without).ec == std::errc();
}

/// The place behind the string that begins at `from`.
std::size_t past_string(std::string_view json, std::size_t from) {
  std::size_t at = from + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return std::min(at + 1, json.size());
}

std::string name_number(std::string_view json, std::size_t at, std::string_view spelled) {
  constexpr std::size_t kShown = 40;
  return std::string(spelled.substr(0, kShown)) + (spelled.size() > kShown ? "…" : "") + " at " +
         place_in_text(json, at);
}

}  // namespace

bool is_holdable_number(std::string_view spelled) {
  double number = 0;
  const std::errc problem = std::from_chars(spelled.data(), spelled.data() + spelled.size(), number).ec;
  // Below the smallest is zero; beyond the largest is none.
  return problem == std::errc() || std::isfinite(std::strtod(std::string(spelled).c_str(), nullptr));
}

Result<std::string> spell_large_numbers(std::string_view json) {
  std::string out;
  out.reserve(json.size() + 16);
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t from = at;
    const char c = json[at];
    if (c != '-' && kDigits.find(c) == std::string_view::npos) {
      at = c == '"' ? past_string(json, at) : at + 1;
      out.append(json, from, at - from);
      continue;
    }
    at = std::min(json.find_first_not_of(kNumberParts, at), json.size());
    const std::string_view spelled = json.substr(from, at - from);
    if (!is_json_number(spelled))
      return fail(ErrorCode::invalid, "not JSON: no number: " + name_number(json, from, spelled));
    if (!is_holdable_number(spelled))
      return fail(ErrorCode::invalid,
                  "a number beyond the largest double: " + name_number(json, from, spelled));
    out += spelled;
    if (spelled.find_first_of(".eE") == std::string_view::npos && !fits_64_bits(spelled)) out += "e0";
  }
  return out;
}

}  // namespace callboard
