#include "shared/workflow/glob.hpp"

#include <algorithm>
#include <cctype>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kMostStates = 2 * limits::kGlobBytes + 2;
constexpr std::string_view kSpecial = "[]?+*\\!";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

/// Reads one pattern from left to right.
class GlobParser {
 public:
  explicit GlobParser(std::string_view source) : source_(source) { glob_.source_ = source; }

  std::expected<Glob, Glob::Fault> parse() {
    if (source_.size() > limits::kGlobBytes)
      return refuse(limits::kGlobBytes,
                    "a pattern has at most " + std::to_string(limits::kGlobBytes) + " bytes");
    if (source_.starts_with('!')) at_ = 1;
    if (at_ == source_.size()) return refuse(at_, "a pattern can't be empty");
    while (at_ < source_.size() && fault_.message.empty()) read_next();
    if (!fault_.message.empty()) return std::unexpected(std::move(fault_));
    return std::move(glob_);
  }

 private:
  using Kind = Glob::Kind;

  std::unexpected<Glob::Fault> refuse(std::size_t offset, std::string message) {
    return std::unexpected(Glob::Fault{offset, std::move(message)});
  }
  void fail_at(std::size_t offset, std::string message) { fault_ = {offset, std::move(message)}; }

  void read_next() {
    const char c = source_[at_];
    if (c == '*') return read_stars();
    if (c == '?' || c == '+') {
      return fail_at(at_, std::string("found ") + c +
                              ", expected a character or […] before it, which it repeats (\\" + c +
                              " is the character itself)");
    }
    if (static_cast<unsigned char>(c) < 0x20) return fail_at(at_, "control characters can't stand in it");
    std::vector<Glob::State> atom;
    const bool is_plain = c != '[' && c != '\\';
    if (c == '[') {
      read_set(atom);
    } else {
      read_character(atom);
    }
    if (fault_.message.empty()) put(std::move(atom), is_plain);
  }

  void read_stars() {
    const bool twice = source_.substr(at_).starts_with("**");
    if (!twice) {
      glob_.states_.push_back({.kind = Kind::inside_star});
      ends_prefix_ = true;
      at_ += 1;
      return;
    }
    ends_prefix_ = true;
    at_ += 2;
    if (at_ < source_.size() && source_[at_] == '/') {
      const auto behind = static_cast<std::uint16_t>(glob_.states_.size() + 4);
      glob_.states_.push_back({.kind = Kind::fork, .other = behind});
      glob_.states_.push_back({.kind = Kind::any});
      glob_.states_.push_back({.kind = Kind::any_star});
      glob_.states_.push_back({.kind = Kind::byte, .byte = '/'});
      at_ += 1;
    } else {
      glob_.states_.push_back({.kind = Kind::any_star});
    }
  }

  /// One character, which may be several bytes long.
  void read_character(std::vector<Glob::State>& atom) {
    if (source_[at_] == '\\') {
      ++at_;
      if (at_ == source_.size() || !kSpecial.contains(source_[at_])) {
        return fail_at(at_ - 1, R"(found \, expected one of [ ] ? + * ! \ behind it)");
      }
    }
    do {
      atom.push_back({.kind = Kind::byte, .byte = static_cast<unsigned char>(source_[at_])});
      ++at_;
    } while (at_ < source_.size() && is_continuation(source_[at_]));
  }

  void read_set(std::vector<Glob::State>& atom) {
    const std::size_t begin = at_++;
    std::bitset<128> set;
    while (at_ < source_.size() && source_[at_] != ']') {
      const char from = source_[at_];
      const bool is_range = at_ + 2 < source_.size() && source_[at_ + 1] == '-' && source_[at_ + 2] != ']';
      const char to = is_range ? source_[at_ + 2] : from;
      if (!is_word(from) || !is_word(to)) {
        return fail_at(at_, "found " + std::string(source_.substr(at_, is_range ? 3 : 1)) +
                                " in […], expected letters, digits and ranges such as a-z and 0-9");
      }
      if (to < from || (std::isdigit(static_cast<unsigned char>(from)) != 0) !=
                           (std::isdigit(static_cast<unsigned char>(to)) != 0)) {
        return fail_at(at_, std::string("the range ") + from + "-" + to +
                                " is none: expected one of a-z, A-Z, 0-9 or a part of it, least first");
      }
      for (int c = from; c <= to; ++c) {
        if (is_word(static_cast<char>(c))) set.set(static_cast<std::size_t>(c));
      }
      at_ += is_range ? 3 : 1;
    }
    if (at_ == source_.size()) return fail_at(begin, "found [ without a ] (\\[ is the character itself)");
    ++at_;
    if (set.none()) return fail_at(begin, "found [], expected characters in it");
    atom.push_back({.kind = Kind::set, .set = static_cast<std::uint16_t>(glob_.sets_.size())});
    glob_.sets_.push_back(set);
  }

  void put(std::vector<Glob::State> atom, bool is_plain) {
    const char repeat = at_ < source_.size() ? source_[at_] : '\0';
    auto& states = glob_.states_;
    const auto begin = static_cast<std::uint16_t>(states.size());
    const bool is_repeated = repeat == '?' || repeat == '+';
    ends_prefix_ = ends_prefix_ || is_repeated || !is_plain;
    if (repeat == '?') {
      states.push_back({.kind = Kind::fork, .other = static_cast<std::uint16_t>(begin + 1 + atom.size())});
    }
    for (const Glob::State& state : atom) {
      states.push_back(state);
      if (!ends_prefix_) glob_.prefix_ += static_cast<char>(state.byte);
    }
    if (repeat == '+') states.push_back({.kind = Kind::fork, .other = begin});
    if (is_repeated) ++at_;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool ends_prefix_ = false;
  Glob::Fault fault_;
  Glob glob_;
};

std::expected<Glob, Glob::Fault> Glob::parse(std::string_view source) { return GlobParser(source).parse(); }

bool Glob::takes(const State& state, const std::vector<std::bitset<128>>& sets, unsigned char byte) {
  switch (state.kind) {
    case Kind::byte: return byte == state.byte;
    case Kind::any:
    case Kind::any_star: return true;
    case Kind::inside:
    case Kind::inside_star: return byte != '/';
    case Kind::set: return byte < 128 && sets[state.set].test(byte);
    case Kind::fork: break;
  }
  return false;
}

template <typename Front>
void Glob::enter(Front& front, std::size_t state) const {
  while (!front.test(state)) {
    front.set(state);
    if (state == states_.size()) return;
    const Kind kind = states_[state].kind;
    if (kind == Kind::fork) {
      enter(front, states_[state].other);
    } else if (kind != Kind::any_star && kind != Kind::inside_star) {
      return;
    }
    ++state;
  }
}

bool Glob::matches(std::string_view text) const {
  if (!text.starts_with(prefix_)) return false;
  if (prefix_.size() == states_.size()) return text.size() == prefix_.size();
  std::bitset<kMostStates> front;
  enter(front, prefix_.size());
  for (const char c : text.substr(prefix_.size())) {
    std::bitset<kMostStates> next;
    for (std::size_t i = prefix_.size(); i < states_.size(); ++i) {
      if (!front.test(i) || !takes(states_[i], sets_, static_cast<unsigned char>(c))) continue;
      const bool stays = states_[i].kind == Kind::any_star || states_[i].kind == Kind::inside_star;
      enter(next, stays ? i : i + 1);
    }
    if (next.none()) return false;
    front = next;
  }
  return front.test(states_.size());
}

bool Globs::accepts(std::string_view text) const {
  for (auto glob = list.rbegin(); glob != list.rend(); ++glob) {
    if (glob->matches(text)) return !glob->is_negated();
  }
  return false;
}

}  // namespace callboard::workflow
