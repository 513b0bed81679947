#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {
namespace {

void append_code_point(std::string& out, std::uint32_t c) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6);
    byte(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  }
}

bool is_number_part(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Recursive descent; limits::kYamlDepth bounds the recursion. Each read_ function returns false where it
/// can't go on, with a problem.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  ReadTree run() {
    Node root;
    const bool is_read = read_value(root, 0) && read_end();
    if (is_read && problems_.empty()) return root;
    NoTree out{.problems = problems_.take(), .rest = {}};
    if (is_read) out.rest = std::move(root);
    return std::unexpected(std::move(out));
  }

 private:
  bool refuse(std::string message) {
    if (at_ < bytes_.size() || open_.empty()) {
      problems_.add(place_, {}, "not JSON: " + std::move(message));
      return false;
    }
    for (const auto& [sign, at] : open_) {
      problems_.add(at, {},
                    std::string("not JSON: found ") + sign + " that is never closed, expected " +
                        (sign == '[' ? ']' : '}'));
    }
    return false;
  }

  bool read_end() {
    skip_space();
    return at_ == bytes_.size() || refuse("found more behind the value, expected the end");
  }

  char peek() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }
  void advance() {
    const char c = bytes_[at_++];
    if (c == '\n')
      place_ = {place_.line + 1, 1};
    else if (!is_continuation(c))
      ++place_.column;
  }
  void skip_space() {
    while (at_ < bytes_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r'))
      advance();
  }
  std::string found() const {
    if (at_ >= bytes_.size()) return "the end";
    std::size_t size = 1;
    while (size < 4 && at_ + size < bytes_.size() && is_continuation(bytes_[at_ + size])) ++size;
    return "'" + printable(bytes_.substr(at_, size)) + "'";
  }
  bool accept(char c) {
    skip_space();
    if (peek() != c || at_ >= bytes_.size()) return false;
    advance();
    return true;
  }

  bool read_value(Node& node, std::size_t depth) {
    skip_space();
    node.at = place_;
    if (++nodes_ > limits::kYamlNodes)
      return refuse("more than " + std::to_string(limits::kYamlNodes) + " values");
    const bool read = read_any(node, depth);
    node.end = place_;
    return read;
  }

  bool read_any(Node& node, std::size_t depth) {
    switch (peek()) {
      case '{':
      case '[': return depth < limits::kYamlDepth ? read_inside(node, depth) : refuse_depth();
      case '"': node.kind = Node::Kind::text; return read_string(node.text);
      default: return read_word(node);
    }
  }

  bool refuse_depth() {
    return refuse("it nests deeper than " + std::to_string(limits::kYamlDepth) + " levels");
  }

  bool read_inside(Node& node, std::size_t depth) {
    open_.emplace_back(peek(), place_);
    const bool is_read = peek() == '{' ? read_map(node, depth) : read_list(node, depth);
    open_.pop_back();
    return is_read;
  }

  bool read_map(Node& node, std::size_t depth) {
    node.kind = Node::Kind::map;
    advance();
    if (accept('}')) return true;
    std::set<std::string, std::less<>> keys;
    do {
      skip_space();
      const Position key_at = place_;
      if (peek() != '"') return refuse("found " + found() + ", expected a key in quotes");
      std::string key;
      if (!read_string(key)) return false;
      const bool is_new = keys.insert(key).second;
      if (!is_new) problems_.add(key_at, {}, "not JSON: the key \"" + key + "\" stands here twice");
      if (!accept(':')) return refuse("found " + found() + ", expected ':'");
      Node child;
      if (!read_value(child, depth + 1)) return false;
      child.key = std::move(key);
      child.key_at = key_at;
      if (is_new) node.add(std::move(child));
    } while (accept(','));
    return accept('}') || refuse("found " + found() + ", expected ',' or '}'");
  }

  bool read_list(Node& node, std::size_t depth) {
    node.kind = Node::Kind::list;
    advance();
    if (accept(']')) return true;
    do {
      Node child;
      if (!read_value(child, depth + 1)) return false;
      node.add(std::move(child));
    } while (accept(','));
    return accept(']') || refuse("found " + found() + ", expected ',' or ']'");
  }

  bool refuse_open_string(Position at) {
    problems_.add(at, {}, R"(not JSON: found " that is never closed on its line, expected another ")");
    return false;
  }

  bool read_string(std::string& out) {
    const Position begin = place_;
    advance();
    while (at_ < bytes_.size() && peek() != '"') {
      if (peek() == '\n' || peek() == '\r') return refuse_open_string(begin);
      if (static_cast<unsigned char>(peek()) < 0x20) return refuse("found a control character in a string");
      if (peek() == '\\') {
        if (!read_escape(out)) return false;
      } else {
        out += peek();
        advance();
      }
    }
    if (at_ >= bytes_.size()) return refuse_open_string(begin);
    advance();
    return true;
  }

  bool read_escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    advance();
    const std::size_t letter = kLetters.find(peek());
    if (at_ < bytes_.size() && letter != std::string_view::npos) {
      out += kMeanings[letter];
      advance();
      return true;
    }
    std::uint32_t c = 0;
    if (!read_hex(c)) return false;
    if (c >= 0xd800 && c < 0xdc00 && peek() == '\\') {
      advance();
      std::uint32_t low = 0;
      if (!read_hex(low)) return false;
      if (low < 0xdc00 || low > 0xdfff) return refuse("found half of a surrogate pair");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    if (c >= 0xd800 && c <= 0xdfff) return refuse("found half of a surrogate pair");
    append_code_point(out, c);
    return true;
  }

  bool read_hex(std::uint32_t& out) {
    if (peek() != 'u') return refuse("found " + found() + ", expected an escape");
    advance();
    const std::string_view digits = bytes_.substr(at_, 4);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16).ptr;
    if (digits.size() < 4 || end != digits.data() + 4)
      return refuse("found " + found() + ", expected four hexadecimal digits");
    for (int i = 0; i < 4; ++i) advance();
    return true;
  }

  bool read_word(Node& node) {
    for (const std::string_view word : {"null", "true", "false"}) {
      if (!bytes_.substr(at_).starts_with(word)) continue;
      node.text = word;
      for (std::size_t i = 0; i < word.size(); ++i) advance();
      return resolve_scalar(node);
    }
    std::size_t size = 0;
    while (at_ + size < bytes_.size() && is_number_part(bytes_[at_ + size])) ++size;
    node.text = bytes_.substr(at_, size);
    if (!is_json_number(node.text)) return refuse("found " + found() + ", expected a value");
    if (!resolve_scalar(node))
      return refuse("found " + node.text + ", expected a number that 64 bits can represent");
    for (std::size_t i = 0; i < size; ++i) advance();
    return true;
  }

  /// What JSON forbids and resolve_scalar would take: +1, 01, .5, 5.
  static bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || text[0] < '0' || text[0] > '9') return false;
    if (text[0] == '0' && text.size() > 1 && text[1] >= '0' && text[1] <= '9') return false;
    const std::size_t point = text.find('.');
    if (point != std::string_view::npos &&
        (point + 1 == text.size() || text[point + 1] < '0' || text[point + 1] > '9'))
      return false;
    Node number;
    number.text = text;
    resolve_scalar(number);
    return number.kind == Node::Kind::number;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  Position place_;
  Problems problems_;
  std::vector<std::pair<char, Position>> open_;  // brackets
};

}  // namespace

ReadTree read_json_tree(std::string_view bytes) {
  if (!is_utf8(bytes))
    return std::unexpected(NoTree{{{1, 1, {}, "not JSON: found bytes that are not UTF-8"}}, {}});
  return Reader(bytes).run();
}

}  // namespace callboard::workflow
