#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/value/value.hpp"

namespace callboard::worker {

/// Finds secrets in what a step says, as they are and as base64, base64url, URL-encoded or JSON-escaped text
/// (once and twice), and puts *** in their place. Values shorter than kShortest bytes are not looked for:
/// they would hit anything. Of a value with several lines each line of kShortestLine bytes counts too,
/// because output is often indented.
class Scrubber {
 public:
  static constexpr std::size_t kShortest = 4;
  static constexpr std::size_t kShortestLine = 8;
  static constexpr std::string_view kMask = "***";

  void add(std::string_view secret);
  bool empty() const { return by_start_.empty(); }

  bool finds(std::string_view text) const;
  std::string scrub(std::string_view text) const;
  /// Strings, keys, and numbers whose digits hold a secret (they become the string ***).
  void scrub(Value& value) const;

 private:
  void add_pattern(std::string pattern);
  void add_forms(std::string_view value);
  /// The length of the longest pattern that stands at `at`, or 0.
  std::size_t match(std::string_view text, std::size_t at) const;

  std::unordered_map<std::uint32_t, std::vector<std::string>>
      by_start_;  // by the first four bytes; longest first
};

}  // namespace callboard::worker
