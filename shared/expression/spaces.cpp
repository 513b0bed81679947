#include "shared/expression/spaces.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "shared/base/text.hpp"

namespace callboard::expression {
namespace {

/// Beyond ASCII; the table of Unicode's separators and U+0085.
bool is_wide_space(std::uint32_t code) {
  constexpr std::array<std::uint32_t, 8> kOthers = {0x85,   0xa0,   0x1680, 0x2028,
                                                    0x2029, 0x202f, 0x205f, 0x3000};
  return (code >= 0x2000 && code <= 0x200a) || std::ranges::find(kOthers, code) != kOthers.end();
}

}  // namespace

std::size_t space_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
  const CodePoint code = read_code_point(text);
  return is_wide_space(code.value) ? code.size : 0;
}

std::string_view trimmed(std::string_view text) {
  while (const std::size_t size = space_size(text)) text.remove_prefix(size);
  std::size_t end = 0;  // of what is no white space
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = space_size(text.substr(at));
    at += std::max<std::size_t>(size, 1);
    if (size == 0) end = at;
  }
  return text.substr(0, end);
}

}  // namespace callboard::expression
