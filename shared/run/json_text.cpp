#include "shared/run/json_text.hpp"

#include <charconv>
#include <cstdint>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::run {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

/// One pass over outside bytes. Every function takes what it names from the front of `text`, or answers
/// false.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  bool value(std::size_t depth) {
    skip_spaces(text_);
    if (text_.empty()) return false;
    switch (text_.front()) {
      case '{': return depth > 0 && object(depth - 1);
      case '[': return depth > 0 && array(depth - 1);
      case '"': return string();
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      default: return number();
    }
  }

  bool at_end() {
    skip_spaces(text_);
    return text_.empty();
  }

 private:
  bool take(char c) {
    skip_spaces(text_);
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool literal(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  bool object(std::size_t depth) {
    text_.remove_prefix(1);
    if (take('}')) return true;
    do {
      skip_spaces(text_);
      if (text_.empty() || text_.front() != '"' || !string() || !take(':') || !value(depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(std::size_t depth) {
    text_.remove_prefix(1);
    if (take(']')) return true;
    do {
      if (!value(depth)) return false;
    } while (take(','));
    return take(']');
  }

  bool string() {
    std::size_t i = 1;
    bool ascii = true;
    for (i += plain_prefix(text_.substr(i)); i < text_.size() && text_[i] != '"'; ++i) {
      const auto c = static_cast<unsigned char>(text_[i]);
      if (c < 0x20) return false;
      if (c >= 0x80) ascii = false;
      if (c == '\\' && !escape(i)) return false;
    }
    if (i >= text_.size() || (!ascii && !is_utf8(text_.substr(1, i - 1)))) return false;
    text_.remove_prefix(i + 1);
    return true;
  }

  /// `i` stands on the backslash, afterwards on the last letter of the escape.
  bool escape(std::size_t& i) {
    if (++i >= text_.size()) return false;
    if (text_[i] != 'u') return std::string_view("\"\\/bfnrt").find(text_[i]) != std::string_view::npos;
    const std::int32_t first = hex4(i + 1);
    i += 4;
    if (first < 0xd800 || first > 0xdfff) return first >= 0;
    if (first > 0xdbff || text_.substr(i + 1, 2) != "\\u") return false;
    const std::int32_t second = hex4(i + 3);
    i += 6;
    return second >= 0xdc00 && second <= 0xdfff;
  }

  std::int32_t hex4(std::size_t at) const {
    if (at + 4 > text_.size()) return -1;
    std::uint32_t number = 0;
    const char* from = text_.data() + at;
    const auto [end, problem] = std::from_chars(from, from + 4, number, 16);
    return problem == std::errc() && end == from + 4 ? static_cast<std::int32_t>(number) : -1;
  }

  std::size_t digits(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    return end - at;
  }

  bool number() {
    std::size_t i = text_.front() == '-' ? 1 : 0;
    const std::size_t whole = digits(i);
    if (whole == 0 || (whole > 1 && text_[i] == '0')) return false;
    i += whole;
    bool integer = true;
    if (i < text_.size() && text_[i] == '.') {
      const std::size_t fraction = digits(i + 1);
      if (fraction == 0) return false;
      i += 1 + fraction;
      integer = false;
    }
    if (i < text_.size() && (text_[i] == 'e' || text_[i] == 'E')) {
      std::size_t at = i + 1;
      if (at < text_.size() && (text_[at] == '+' || text_[at] == '-')) ++at;
      const std::size_t exponent = digits(at);
      if (exponent == 0) return false;
      i = at + exponent;
      integer = false;
    }
    const std::string_view spelled = text_.substr(0, i);
    text_.remove_prefix(i);
    return i <= 18 && integer ? true : is_representable(spelled, integer);
  }

  static bool is_representable(std::string_view spelled, bool integer) {
    const char* end = spelled.data() + spelled.size();
    if (!integer) {
      double number = 0;
      return std::from_chars(spelled.data(), end, number).ec == std::errc();
    }
    std::uint64_t positive = 0;
    std::int64_t negative = 0;
    return std::from_chars(spelled.data(), end, positive).ec == std::errc() ||
           std::from_chars(spelled.data(), end, negative).ec == std::errc();
  }

  std::string_view text_;
};

std::size_t string_end(std::string_view text, std::size_t i) {
  for (++i; text[i] != '"'; ++i) {
    if (text[i] == '\\') ++i;
  }
  return i + 1;
}

/// Where the value at the front of checked text ends.
std::size_t value_end(std::string_view text) {
  std::size_t depth = 0;
  std::size_t i = 0;
  do {
    const char c = text[i];
    if (c == '"') {
      i = string_end(text, i);
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++i;
    if (depth == 0 && (c == '}' || c == ']')) return i;
  } while (i < text.size() &&
           (depth > 0 || (text[i] != ',' && text[i] != '}' && text[i] != ']' && !is_space(text[i]))));
  return i;
}

std::string_view take_value(std::string_view& text) {
  skip_spaces(text);
  const std::string_view raw = text.substr(0, value_end(text));
  text.remove_prefix(raw.size());
  return raw;
}

/// Opens a container, or goes on behind a member. False at its end.
bool step_to_next(std::string_view& rest, char close) {
  skip_spaces(rest);
  if (rest.empty() || rest.front() == close) return false;
  rest.remove_prefix(1);
  skip_spaces(rest);
  return !rest.empty() && rest.front() != close;
}

std::string_view container(std::string_view text, char open) {
  skip_spaces(text);
  return text.starts_with(open) ? text : std::string_view();
}

}  // namespace

bool is_json(std::string_view text, std::size_t depth) {
  Checker checker(text);
  return checker.value(depth) && checker.at_end();
}

RawMembers::RawMembers(std::string_view object) : rest_(container(object, '{')) {}

bool RawMembers::next(std::string_view& name, std::string_view& raw) {
  if (!step_to_next(rest_, '}')) return false;
  const std::size_t end = string_end(rest_, 0);
  name = rest_.substr(1, end - 2);
  rest_.remove_prefix(end);
  skip_spaces(rest_);
  rest_.remove_prefix(1);  // the colon
  raw = take_value(rest_);
  return true;
}

RawItems::RawItems(std::string_view array) : rest_(container(array, '[')) {}

bool RawItems::next(std::string_view& raw) {
  if (!step_to_next(rest_, ']')) return false;
  raw = take_value(rest_);
  return true;
}

std::optional<std::string> text_of(std::string_view raw) {
  if (!raw.starts_with('"')) return std::nullopt;
  if (raw.find('\\') == std::string_view::npos) return std::string(raw.substr(1, raw.size() - 2));
  const auto value = read_json(raw);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->get_string().data(), value->get_string().size());
}

std::optional<std::uint32_t> number_of(std::string_view raw) {
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (problem != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return number;
}

}  // namespace callboard::run
