#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/value/value.hpp"

namespace callboard::expression {

enum class TokenKind : std::uint8_t {
  end,
  literal,
  name,
  open,
  close,
  open_index,
  close_index,
  dot,
  star,
  comma,
  negation,
  equal,
  unequal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  all_of,
  any_of,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;   // as written; points into the source
  std::size_t offset = 0;  // of its first byte
  Value literal;           // of a literal
};

/// The tokens of an expression, `end` behind the last. On failure `offset` is the place of what does not
/// belong.
Result<std::vector<Token>> tokenize(std::string_view source, std::size_t& offset);

}  // namespace callboard::expression
