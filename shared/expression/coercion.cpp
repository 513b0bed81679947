#include "shared/expression/coercion.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "shared/expression/casing.hpp"
#include "shared/expression/expression.hpp"
#include "shared/expression/spaces.hpp"
#include "shared/value/numbers.hpp"

namespace callboard::expression {
namespace {

using boost::json::kind;

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

Value not_a_number() { return std::nan(""); }

Value whole_number(std::string_view digits, int base) {
  std::int64_t out = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out, base);
  const bool is_read =
      problem == std::errc() && end == digits.data() + digits.size() && digits.front() != '-';
  return is_read ? Value(out) : not_a_number();
}

/// The whole number of that magnitude, as an int64, else as a uint64; nothing below the least int64. A zero
/// with a sign keeps it.
std::optional<Value> signed_number(std::uint64_t magnitude, bool is_negative) {
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 63;
  if (is_negative && magnitude == 0) return Value(-0.0);
  if (is_negative && magnitude > kBeyond) return std::nullopt;
  if (is_negative) return Value(static_cast<std::int64_t>(0 - magnitude));
  return magnitude < kBeyond ? Value(static_cast<std::int64_t>(magnitude)) : Value(magnitude);
}

Value decimal_number(std::string_view text) {
  const bool is_negative = text.front() == '-';
  const std::string_view digits = text.front() == '-' || text.front() == '+' ? text.substr(1) : text;
  if (digits == "Infinity") return is_negative ? -HUGE_VAL : HUGE_VAL;
  if (digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return not_a_number();
  if (digits.empty() || digits.front() == '-' || digits.front() == '+') return not_a_number();
  std::uint64_t whole = 0;
  const char* const last = digits.data() + digits.size();
  if (const auto [end, problem] = std::from_chars(digits.data(), last, whole);
      problem == std::errc() && end == last) {
    if (auto kept = signed_number(whole, is_negative)) return *std::move(kept);
  }
  double number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), last, number);
  if (end != last || problem == std::errc::invalid_argument) return not_a_number();
  if (problem == std::errc::result_out_of_range) {
    number = digits.find('-') == std::string_view::npos ? HUGE_VAL : 0.0;
  }
  return is_negative ? -number : number;
}

std::string double_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  if (number == 0) return "0";
  std::array<char, 40> digits{};
  constexpr int kDigits = 15;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::general, kDigits)
          .ptr;
  std::string out(digits.data(), end);
  std::ranges::replace(out, 'e', 'E');
  return out;
}

bool is_compound(const Value& value) { return value.is_array() || value.is_object(); }

}  // namespace

Value number_of_text(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::int64_t{0};
  if (text.size() > 2 && text.starts_with("0x")) return whole_number(text.substr(2), 16);
  if (text.size() > 2 && text.starts_with("0o")) return whole_number(text.substr(2), 8);
  return decimal_number(text);
}

Value to_number(const Value& value) {
  switch (value.kind()) {
    case kind::null: return std::int64_t{0};
    case kind::bool_: return std::int64_t{value.get_bool() ? 1 : 0};
    case kind::string: return number_of_text(view(value.get_string()));
    case kind::array:
    case kind::object: return not_a_number();
    default: return value;
  }
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case kind::null: return {};
    case kind::bool_: return value.get_bool() ? "true" : "false";
    case kind::int64: return std::to_string(value.get_int64());
    case kind::uint64: return std::to_string(value.get_uint64());
    case kind::double_: return double_text(value.get_double());
    case kind::string: return std::string(view(value.get_string()));
    case kind::array: return "Array";
    case kind::object: return "Object";
  }
  return {};
}

std::partial_ordering compare_loosely(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) return compare_without_case(view(a.get_string()), view(b.get_string()));
  if (a.is_null() && b.is_null()) return std::partial_ordering::equivalent;
  if (is_compound(a) || is_compound(b)) {
    return &a == &b ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
  }
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  return compare_numbers(to_number(a), to_number(b));
}

bool is_loosely_equal(const Value& a, const Value& b) { return compare_loosely(a, b) == 0; }

bool is_true(const Value& value) {
  switch (value.kind()) {
    case kind::null: return false;
    case kind::bool_: return value.get_bool();
    case kind::string: return !value.get_string().empty();
    case kind::array:
    case kind::object: return true;
    default: {
      const double number = value.to_number<double>();
      return number != 0 && !std::isnan(number);
    }
  }
}

}  // namespace callboard::expression
