#include "shared/value/pattern.hpp"

#include <algorithm>
#include <optional>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace callboard {
namespace {

constexpr std::uint32_t kMostPoint = 0x10ffff;

bool is_word(std::uint32_t point) {
  return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9') ||
         point == '_';
}

CodePoint next_point(std::string_view text) {
  const CodePoint point = read_code_point(text);
  return point.size > 0 ? point : CodePoint{static_cast<unsigned char>(text.front()), 1};
}

}  // namespace

bool Pattern::Set::has(std::uint32_t point) const {
  const bool is_in = std::ranges::any_of(
      ranges, [&](const Range& range) { return point >= range.from && point <= range.to; });
  return is_in != is_negated;
}

/// Recursive descent; each piece is written as a run of parts whose jumps are relative to the whole, so that
/// a piece that is repeated is moved by adding to them.
class PatternParser {
 public:
  explicit PatternParser(std::string_view source) : source_(source) {}

  Result<Pattern> parse() {
    Pieces all = alternatives(0);
    if (!problem_ && at_ < source_.size()) refuse("found ) without its (");
    if (problem_) return std::unexpected(*problem_);
    all.push_back({Kind::match, 0, 0});
    Pattern out;
    out.parts_ = std::move(all);
    out.sets_ = std::move(sets_);
    return out;
  }

 private:
  using Kind = Pattern::Kind;
  using Part = Pattern::Part;
  using Set = Pattern::Set;
  using Pieces = std::vector<Part>;
  static constexpr int kDepth = 50;

  void refuse(const std::string& what) {
    if (!problem_)
      problem_ =
          Error{ErrorCode::invalid, what + " at character " + std::to_string(at_ + 1) + " of the pattern"};
  }
  bool more() const { return !problem_ && at_ < source_.size(); }
  bool is_next(char c) const { return at_ < source_.size() && source_[at_] == c; }
  bool take(char c) {
    if (!is_next(c)) return false;
    ++at_;
    return true;
  }

  static void append(Pieces& to, const Pieces& from) {
    const auto shift = static_cast<std::uint32_t>(to.size());
    for (Part part : from) {
      if (part.kind == Kind::split || part.kind == Kind::jump) {
        part.first += shift;
        part.second += shift;
      }
      to.push_back(part);
    }
  }
  void bound(const Pieces& pieces) {
    if (pieces.size() > limits::kPatternParts) refuse("found repetitions that make too much of it");
  }

  Pieces alternatives(int depth) {
    if (depth > kDepth) {
      refuse("found groups that nest too deep");
      return {};
    }
    Pieces out = sequence(depth);
    while (more() && take('|')) {
      const Pieces other = sequence(depth);
      Pieces both{{Kind::split, 1, static_cast<std::uint32_t>(out.size()) + 2}};
      append(both, out);
      both.push_back({Kind::jump, static_cast<std::uint32_t>(out.size() + other.size()) + 2, 0});
      append(both, other);
      out = std::move(both);
      bound(out);
    }
    return out;
  }

  Pieces sequence(int depth) {
    Pieces out;
    while (more() && !is_next('|') && !is_next(')')) {
      append(out, quantified(depth));
      bound(out);
    }
    return out;
  }

  Pieces quantified(int depth) {
    const std::size_t from = at_;
    Pieces one = atom(depth);
    const auto times = quantifier();
    if (!times) return one;
    const bool asserts = one.size() == 1 && one[0].kind != Kind::set;
    if (asserts) {
      at_ = from;
      refuse("found nothing that can be repeated");
      return {};
    }
    take('?');  // lazy or not makes no difference to whether it matches
    if (quantifier()) refuse("found a second quantifier");
    return repeat(one, times->first, times->second);
  }

  /// From so many to so many times; the second is absent where there is no end.
  using Times = std::pair<std::size_t, std::optional<std::size_t>>;
  std::optional<Times> quantifier() {
    if (take('*')) return Times{0, std::nullopt};
    if (take('+')) return Times{1, std::nullopt};
    if (take('?')) return Times{0, 1};
    if (!is_next('{')) return std::nullopt;
    const std::size_t before = at_++;
    const auto least = number();
    std::optional<std::size_t> most = least;
    if (least && take(',')) most = number();
    if (!least || !take('}') || (most && *most < *least)) {
      at_ = before;
      refuse("found {, expected {2}, {2,} or {2,5} (or \\{ for the character)");
      return std::nullopt;
    }
    return Times{*least, most};
  }

  std::optional<std::size_t> number() {
    std::optional<std::size_t> out;
    while (at_ < source_.size() && source_[at_] >= '0' && source_[at_] <= '9') {
      out = std::min<std::size_t>(out.value_or(0) * 10 + static_cast<std::size_t>(source_[at_++] - '0'),
                                  100'000);
    }
    return out;
  }

  Pieces repeat(const Pieces& one, std::size_t least, std::optional<std::size_t> most) {
    Pieces out;
    const std::size_t copies = most.value_or(least + 1);
    if (copies * (one.size() + 1) > limits::kPatternParts) {
      refuse("found repetitions that make too much of it");
      return {};
    }
    for (std::size_t i = 0; i < least; ++i) append(out, one);
    const auto size = static_cast<std::uint32_t>(one.size());
    if (!most) {
      Pieces loop{{Kind::split, 1, size + 2}};
      append(loop, one);
      loop.push_back({Kind::jump, 0, 0});
      append(out, loop);
      return out;
    }
    Pieces optional;
    for (std::size_t i = least; i < *most; ++i) {
      Pieces next{{Kind::split, 1, size + static_cast<std::uint32_t>(optional.size()) + 1}};
      append(next, one);
      append(next, optional);
      optional = std::move(next);
    }
    append(out, optional);
    return out;
  }

  Pieces atom(int depth) {
    const char c = source_[at_];
    if (c == '(') return group(depth);
    if (c == '[') return class_of();
    if (c == '\\') return escape();
    if (c == '*' || c == '+' || c == '?' || c == '{') {
      refuse("found a quantifier with nothing before it");
      return {};
    }
    if (c == '.') {
      ++at_;
      return set({{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}, true});
    }
    if (c == '^' || c == '$') {
      ++at_;
      return {{c == '^' ? Kind::begin : Kind::end, 0, 0}};
    }
    return literal(point());
  }

  Pieces group(int depth) {
    ++at_;
    if (take('?')) {
      if (!take(':')) {
        refuse("found (?, expected (?: : look-around, back references and names are not supported");
        return {};
      }
    }
    Pieces out = alternatives(depth + 1);
    if (!take(')')) refuse("found ( without its )");
    return out;
  }

  std::uint32_t point() {
    const CodePoint next = next_point(source_.substr(at_));
    at_ += next.size;
    return next.value;
  }

  Pieces set(Set set) {
    sets_.push_back(std::move(set));
    return {{Kind::set, static_cast<std::uint32_t>(sets_.size() - 1), 0}};
  }
  Pieces literal(std::uint32_t value) { return set({{{value, value}}, false}); }

  /// \d and its like; nothing where the letter names no class.
  static std::optional<Set> named(char letter) {
    switch (letter) {
      case 'd': return Set{{{'0', '9'}}, false};
      case 'D': return Set{{{'0', '9'}}, true};
      case 'w': return Set{{{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'_', '_'}}, false};
      case 'W': return Set{{{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'_', '_'}}, true};
      case 's': return Set{{{9, 13}, {' ', ' '}, {0xa0, 0xa0}, {0x2028, 0x2029}, {0xfeff, 0xfeff}}, false};
      case 'S': return Set{{{9, 13}, {' ', ' '}, {0xa0, 0xa0}, {0x2028, 0x2029}, {0xfeff, 0xfeff}}, true};
      default: return std::nullopt;
    }
  }

  Pieces escape() {
    ++at_;
    if (at_ == source_.size()) {
      refuse("found \\ with nothing behind it");
      return {};
    }
    const char letter = source_[at_];
    if (letter == 'b' || letter == 'B') {
      ++at_;
      return {{letter == 'b' ? Kind::boundary : Kind::no_boundary, 0, 0}};
    }
    if (auto of = named(letter)) {
      ++at_;
      return set(*std::move(of));
    }
    return literal(escaped());
  }

  /// The character that is meant by what stands behind a backslash.
  std::uint32_t escaped() {
    const char letter = source_[at_];
    switch (letter) {
      case 'n': ++at_; return '\n';
      case 'r': ++at_; return '\r';
      case 't': ++at_; return '\t';
      case 'v': ++at_; return '\v';
      case 'f': ++at_; return '\f';
      case '0': ++at_; return 0;
      case 'x': ++at_; return hex(2);
      case 'u': ++at_; return hex(4);
      default: break;
    }
    if ((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
        (letter >= 'A' && letter <= 'Z')) {
      refuse(std::string("found \\") + letter + ", which is not supported");
    }
    return point();
  }

  std::uint32_t hex(int digits) {
    std::uint32_t out = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = at_ < source_.size() ? source_[at_] : ' ';
      const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!is_digit) {
        refuse("found something else than a hexadecimal digit");
        return 0;
      }
      out = out * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
      ++at_;
    }
    return out;
  }

  Pieces class_of() {
    ++at_;
    Set out;
    out.is_negated = take('^');
    while (more() && !is_next(']')) add_member(out);
    if (!take(']')) refuse("found [ without its ]");
    return set(std::move(out));
  }

  void add_member(Set& out) {
    const auto from = member(out);
    if (!from) return;
    const bool is_range = is_next('-') && at_ + 1 < source_.size() && source_[at_ + 1] != ']';
    if (!is_range) return out.ranges.push_back({*from, *from});
    ++at_;
    const auto to = member(out);
    if (!to || *to < *from) return refuse("found a range that runs backwards");
    out.ranges.push_back({*from, *to});
  }

  /// One character; nothing where a whole class was added.
  std::optional<std::uint32_t> member(Set& out) {
    if (!take('\\')) return point();
    if (at_ == source_.size()) {
      refuse("found \\ with nothing behind it");
      return std::nullopt;
    }
    if (const auto of = named(source_[at_])) {
      ++at_;
      add_named(*of, out);
      return std::nullopt;
    }
    if (take('b')) return '\b';
    return escaped();
  }

  static void add_named(const Set& of, Set& out) {
    if (!of.is_negated) {
      out.ranges.insert(out.ranges.end(), of.ranges.begin(), of.ranges.end());
      return;
    }
    auto ranges = of.ranges;
    std::ranges::sort(ranges, {}, &Pattern::Range::from);
    std::uint32_t from = 0;
    for (const auto& range : ranges) {
      if (range.from > from) out.ranges.push_back({from, range.from - 1});
      from = range.to + 1;
    }
    out.ranges.push_back({from, kMostPoint});
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<Set> sets_;
  std::optional<Error> problem_;
};

Result<Pattern> Pattern::parse(std::string_view source) { return PatternParser(source).parse(); }

bool Pattern::finds(std::string_view text) const {
  // All ways that are open at one place of the text go on together: no text takes longer than parts times
  // characters.
  std::vector<std::uint32_t> now, next, open;
  std::vector<std::size_t> seen(parts_.size(), 0);
  std::size_t round = 0;
  std::uint32_t before = 0;
  for (std::size_t at = 0;;) {
    const CodePoint point = at < text.size() ? next_point(text.substr(at)) : CodePoint{};
    const bool is_end = at == text.size();
    const bool at_boundary = (at > 0 && is_word(before)) != (!is_end && is_word(point.value));
    ++round;
    open.assign(1, 0);  // it may begin anywhere
    open.insert(open.end(), now.rbegin(), now.rend());
    next.clear();
    while (!open.empty()) {
      const std::uint32_t which = open.back();
      open.pop_back();
      if (seen[which] == round) continue;
      seen[which] = round;
      const Part& part = parts_[which];
      switch (part.kind) {
        case Kind::match: return true;
        case Kind::split: open.push_back(part.second); [[fallthrough]];
        case Kind::jump: open.push_back(part.first); break;
        case Kind::begin:
          if (at == 0) open.push_back(which + 1);
          break;
        case Kind::end:
          if (is_end) open.push_back(which + 1);
          break;
        case Kind::boundary:
          if (at_boundary) open.push_back(which + 1);
          break;
        case Kind::no_boundary:
          if (!at_boundary) open.push_back(which + 1);
          break;
        case Kind::set:
          if (!is_end && sets_[part.first].has(point.value)) next.push_back(which + 1);
          break;
      }
    }
    if (is_end) return false;
    now.swap(next);
    before = point.value;
    at += point.size;
  }
}

}  // namespace callboard
