#pragma once

#include <span>
#include <string>
#include <string_view>

namespace callboard {

/// For terminals and text logs: control characters, escape sequences, bidirectional overrides and bytes that are no
/// UTF-8 become visible (\x1b, \u202e); tab and, with `keep_newlines`, newline stay.
std::string printable(std::string_view text, bool keep_newlines = false);

/// The name among `known` that is nearest to `word` (at most a third of its letters differ), or empty.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> known);

/// True if `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace callboard
