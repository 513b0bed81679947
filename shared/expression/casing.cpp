#include "shared/expression/casing.hpp"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwctype>

#include "shared/base/check.hpp"
#include "shared/base/text.hpp"

namespace callboard::expression {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

/// glibc's own table of simple case mappings; no file is read for it.
locale_t unicode() {
  static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  CALLBOARD_CHECK(kUnicode != nullptr);
  return kUnicode;
}

void append_character(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// In the order of UTF-16's code units, where surrogates stand before U+E000 and what follows it.
std::uint32_t unit_order(std::uint32_t code) {
  constexpr std::uint32_t kBehindAll = 0x110000;
  return code >= 0xe000 && code <= 0xffff ? code + kBehindAll : code;
}

/// Both are UTF-8; a byte that is not counts as itself.
std::weak_ordering compare_units(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const CodePoint left = read_code_point(a);
    const CodePoint right = read_code_point(b);
    if (left.size == 0 || right.size == 0) return a <=> b;
    if (left.value != right.value) return unit_order(left.value) <=> unit_order(right.value);
    a.remove_prefix(left.size);
    b.remove_prefix(right.size);
  }
  return a.size() <=> b.size();
}

}  // namespace

std::string upper_case(std::string_view text) {
  constexpr std::uint32_t kDotlessI = 0x131;  // stay apart from i and s, as Actions has it
  constexpr std::uint32_t kLongS = 0x17f;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint code = read_code_point(text);
    if (code.size <= 1 || code.value == kDotlessI || code.value == kLongS) {
      const std::size_t taken = code.size == 0 ? 1 : code.size;
      for (const char c : text.substr(0, taken)) out += upper(c);
      text.remove_prefix(taken);
      continue;
    }
    append_character(out, static_cast<std::uint32_t>(towupper_l(static_cast<wint_t>(code.value), unicode())));
    text.remove_prefix(code.size);
  }
  return out;
}

std::weak_ordering compare_without_case(std::string_view a, std::string_view b) {
  if (!is_ascii(a) || !is_ascii(b)) return compare_units(upper_case(a), upper_case(b));
  const std::size_t size = a.size() < b.size() ? a.size() : b.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (const auto order = upper(a[i]) <=> upper(b[i]); order != 0) return order;
  }
  return a.size() <=> b.size();
}

bool is_same_without_case(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < size; ++i) {
    const bool is_wide = ((a[i] | b[i]) & 0x80) != 0;
    if (is_wide) return compare_without_case(a.substr(i), b.substr(i)) == 0;
    if (upper(a[i]) != upper(b[i])) return false;
  }
  return a.size() == b.size();
}

bool contains_without_case(std::string_view text, std::string_view part) {
  return upper_case(text).contains(upper_case(part));
}

bool starts_without_case(std::string_view text, std::string_view part) {
  return upper_case(text).starts_with(upper_case(part));
}

bool ends_without_case(std::string_view text, std::string_view part) {
  return upper_case(text).ends_with(upper_case(part));
}

const Value* find_without_case(const Object& object, std::string_view name) {
  if (const Value* exact = object.if_contains(boost::json::string_view(name.data(), name.size())))
    return exact;
  for (const auto& member : object) {
    if (is_same_without_case({member.key().data(), member.key().size()}, name)) return &member.value();
  }
  return nullptr;
}

}  // namespace callboard::expression
