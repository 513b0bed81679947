#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"

namespace callboard {

/// A regular expression of the part of ECMA-262 that can be matched in time linear in the text: literals,
/// `.`, classes, \d \w \s and their negations, ^ $ \b \B, groups, |, and the quantifiers * + ? {m,n}.
/// Look-around and back references are refused. Code points, not bytes, are what it counts. A value; copies
/// are cheap enough to keep beside a schema.
class Pattern {
 public:
  /// `invalid` with what is wrong and at which byte; also where it would grow beyond limits::kPatternParts.
  static Result<Pattern> parse(std::string_view source);

  /// Whether some part of the text matches, as JSON Schema's `pattern` asks. Text that is no UTF-8 is taken
  /// byte by byte.
  bool finds(std::string_view text) const;

 private:
  friend class PatternParser;

  struct Range {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };
  struct Set {
    std::vector<Range> ranges;
    bool is_negated = false;
    bool has(std::uint32_t point) const;
  };
  enum class Kind : std::uint8_t { set, split, jump, begin, end, boundary, no_boundary, match };
  struct Part {
    Kind kind = Kind::match;
    std::uint32_t first = 0;   // set: which; split, jump: where to go on
    std::uint32_t second = 0;  // split: where to go on as well
  };

  std::vector<Part> parts_;
  std::vector<Set> sets_;
};

}  // namespace callboard
