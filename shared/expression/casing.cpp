#include "shared/expression/casing.hpp"

#include <clocale>
#include <cstdint>
#include <cwctype>

#include "shared/base/check.hpp"

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

/// One character at the start of `text`, and how many bytes it takes; 0 if it is none.
std::size_t read_character(std::string_view text, std::uint32_t& code) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xc2 ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  if (size == 0 || text.size() < size) return 0;
  code = size == 1 ? first : first & (0x7f >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return 0;
    code = code << 6 | (next & 0x3f);
  }
  return size;
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

}  // namespace

std::string upper_case(std::string_view text) {
  constexpr std::uint32_t kDotlessI = 0x131;  // stays apart from i, as Actions has it
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t code = 0;
    const std::size_t size = read_character(text, code);
    if (size <= 1 || code == kDotlessI) {
      const std::size_t taken = size == 0 ? 1 : size;
      for (const char c : text.substr(0, taken)) out += upper(c);
      text.remove_prefix(taken);
      continue;
    }
    append_character(out, static_cast<std::uint32_t>(towupper_l(static_cast<wint_t>(code), unicode())));
    text.remove_prefix(size);
  }
  return out;
}

std::weak_ordering compare_without_case(std::string_view a, std::string_view b) {
  if (!is_ascii(a) || !is_ascii(b)) return upper_case(a) <=> upper_case(b);
  const std::size_t size = a.size() < b.size() ? a.size() : b.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (const auto order = upper(a[i]) <=> upper(b[i]); order != 0) return order;
  }
  return a.size() <=> b.size();
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

}  // namespace callboard::expression
