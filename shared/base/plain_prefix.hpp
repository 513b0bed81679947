#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace callboard {

/// Eight bytes at a time, the first of them the lowest: of each, what is asked for stands in its highest bit.
namespace words {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighs = 0x80 * kOnes;

inline std::uint64_t load(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof word);
  return std::endian::native == std::endian::big ? std::byteswap(word) : word;
}
inline bool is_ascii(std::uint64_t word) { return (word & kHighs) == 0; }
/// Exact up to the first byte that is found, where those before it are ASCII.
inline std::uint64_t below(std::uint64_t word, std::uint8_t least) { return word - least * kOnes; }
inline std::uint64_t equal_to(std::uint64_t word, char c) {
  return below(word ^ static_cast<std::uint8_t>(c) * kOnes, 1);
}

}  // namespace words

/// How many bytes at the start of `text` stand in a JSON string as they are: ASCII, no control characters, no
/// quote, no backslash.
inline std::size_t plain_prefix(std::string_view text) {
  const auto odd_at = [text](std::size_t at) {
    const std::uint64_t word = words::load(text, at);
    return (word | words::below(word, 0x20) | words::equal_to(word, '"') | words::equal_to(word, '\\')) &
           words::kHighs;
  };
  std::size_t plain = 0;
  for (; plain + 8 <= text.size(); plain += 8) {
    if (const std::uint64_t odd = odd_at(plain); odd != 0)
      return plain + static_cast<std::size_t>(std::countr_zero(odd)) / 8;
  }
  // The rest at once, with bytes before it that are known.
  if (plain > 0 && odd_at(text.size() - 8) == 0) return text.size();
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) - 0x20u < 0x60 && c != '"' && c != '\\';
  };
  while (plain < text.size() && is_plain(text[plain])) ++plain;
  return plain;
}

}  // namespace callboard
