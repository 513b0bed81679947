#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace callboard::workflow {

/// One filter pattern of GitHub Actions, over the whole of a text: `*` is any characters but `/`, `**` any at
/// all, `**/` any folders or none, `?` none or one of the character before it and `+` one or more, `[a-z0-9]`
/// one letter or digit, `\` takes the meaning from the next character. `!` at the start: what matches is
/// taken out again. Source: "Filter pattern cheat sheet" of GitHub's documentation.
class Glob {
 public:
  /// What is wrong with a pattern, and at which byte of it.
  struct Fault {
    std::size_t offset = 0;
    std::string message;
  };
  static std::expected<Glob, Fault> parse(std::string_view source);

  const std::string& source() const { return source_; }
  bool is_negated() const { return source_.starts_with('!'); }
  /// Whatever its `!` says. In time that grows with text times pattern, and no faster.
  bool matches(std::string_view text) const;

 private:
  friend class GlobParser;
  enum class Kind : std::uint8_t { byte, any, inside, set, fork, any_star, inside_star };
  /// Each goes on to the one behind it; a fork to `other` as well, a star to itself.
  struct State {
    Kind kind = Kind::byte;
    unsigned char byte = 0;
    std::uint16_t set = 0;
    std::uint16_t other = 0;
  };
  static bool takes(const State& state, const std::vector<std::bitset<128>>& sets, unsigned char byte);
  template <typename Front>
  void enter(Front& front, std::size_t state) const;

  std::string source_;
  std::string prefix_;  // what every match begins with
  std::vector<State> states_;
  std::vector<std::bitset<128>> sets_;
};

/// Patterns in their order: of those that match, the last one decides.
struct Globs {
  std::vector<Glob> list;

  bool empty() const { return list.empty(); }
  bool accepts(std::string_view text) const;
};

}  // namespace callboard::workflow
