#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace callboard {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  // in bytes; 0: not UTF-8 at this place
};
/// The first one of `text`, which is not empty.
CodePoint read_code_point(std::string_view text);

/// Whether a byte of UTF-8 goes on with a character that begins before it.
inline bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
/// How many characters (code points) stand in UTF-8.
std::size_t count_characters(std::string_view text);

/// For terminals and text logs: control characters, escape sequences, bidirectional overrides and bytes that
/// are no UTF-8 become visible (\x1b, \u202e); tab and, with `keep_newlines`, newline stay.
std::string printable(std::string_view text, bool keep_newlines = false);

/// The name among `known` that is nearest to `word` (at most a third of its letters differ; two that are
/// swapped count as one), or empty.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> known);

/// ": did you mean 'x'?" for the nearest name, empty where none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

/// How many bytes at the start of `text` are well-formed UTF-8 (no overlong forms, no surrogates).
std::size_t utf8_prefix(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }

}  // namespace callboard
