#pragma once

#include <cstddef>
#include <string_view>

namespace callboard::expression {

/// How many bytes the white space takes that `text` begins with, 0 if it begins with none: what .NET's
/// Char.IsWhiteSpace says, by which Actions reads expressions and numbers.
std::size_t space_size(std::string_view text);

/// Without the white space at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace callboard::expression
