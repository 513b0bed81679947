#pragma once

#include <memory>
#include <string_view>

#include "shared/base/error.hpp"

namespace re2 {
class RE2;
}

namespace callboard {

/// A regular expression of a JSON Schema, matched in time linear in the text (RE2): ECMA-262's, without
/// look-around and back references. Code points, not bytes, are what it counts. Copies share what was
/// compiled, which is immutable.
class Pattern {
 public:
  /// `invalid` with what is wrong; also where it would take more than limits::kPatternBytes.
  static Result<Pattern> parse(std::string_view source);

  /// Whether some part of the text matches, as JSON Schema's `pattern` asks.
  bool finds(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> compiled_;  // shared by copies; null: matches everything
};

}  // namespace callboard
