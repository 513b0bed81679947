#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/workflow/yaml_reader.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kMostDepth = limits::kYamlDepth / 2;  // the limit itself is the other reader's
constexpr std::size_t kMostKeys = 64;                       // of a map: they are compared one by one
constexpr std::size_t kMostKeyBytes = 256;                  // YAML ends at 1,024 characters

/// What YAML allows beside line breaks, tabs and marks, which other rules hold for.
bool is_common(std::uint32_t c) {
  return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c <= 0xfffd && c != 0x2028 && c != 0x2029 && c != 0xfeff) ||
         c >= 0x10000;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What ends a plain scalar within `{…}` and `[…]`.
bool is_flow_mark(char c) { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'; }

/// Every read_ function returns false where the file is not common.
class CommonReader {
 public:
  explicit CommonReader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<Node> run() {
    if (!has_common_characters()) return std::nullopt;
    skip_empty_lines();
    skip_document_start();
    Node root;
    if (indent() != 0 || !read_map(root, 0, 0) || !is_end() || values_ > limits::kYamlNodes)
      return std::nullopt;
    return root;
  }

 private:
  enum class Context : std::uint8_t { block, flow };

  bool has_common_characters() const {
    for (std::size_t i = 0; i < bytes_.size();) {
      const auto first = static_cast<unsigned char>(bytes_[i]);
      if (first < 0x80) {
        if (first != '\n' && !is_common(first)) return false;
        ++i;
        continue;
      }
      const CodePoint c = read_code_point(bytes_.substr(i));
      if (c.size == 0 || !is_common(c.value)) return false;
      i += c.size;
    }
    return true;
  }

  bool is_end() const { return at_ == bytes_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < bytes_.size() ? bytes_[at_ + ahead] : '\n'; }
  /// Nothing, a space or a line break: what a `:` or `-` that means something has behind it.
  static bool is_gap(char c) { return c == ' ' || c == '\n'; }
  bool starts_entry() const { return peek() == '-' && is_gap(peek(1)); }
  /// Where the content of the line at hand begins; -1 behind the last line.
  int indent() const { return is_end() ? -1 : static_cast<int>(at_ - line_start_); }

  /// Columns count characters: each byte of a line is looked at once.
  Position place() {
    if (counted_to_ < line_start_ || counted_to_ > at_) {
      counted_to_ = line_start_;
      column_ = 1;
    }
    for (; counted_to_ < at_; ++counted_to_)
      column_ += (static_cast<unsigned char>(bytes_[counted_to_]) & 0xc0) != 0x80 ? 1 : 0;
    return {line_, column_};
  }

  void skip_spaces() {
    while (!is_end() && bytes_[at_] == ' ') ++at_;
  }
  void skip_to_line_end() { at_ = std::min(bytes_.find('\n', at_), bytes_.size()); }
  void begin_line() {
    line_start_ = ++at_;
    ++line_;
  }
  /// From the start of a line to the next content.
  void skip_empty_lines() {
    while (true) {
      skip_spaces();
      if (peek() == '#') skip_to_line_end();
      if (is_end() || peek() != '\n') return;
      begin_line();
    }
  }
  void skip_document_start() {
    if (indent() != 0 || !bytes_.substr(at_).starts_with("---\n")) return;
    skip_to_line_end();
    begin_line();
    skip_empty_lines();
  }
  /// Whether nothing but a comment is left of the line.
  bool is_line_done() {
    skip_spaces();
    return peek() == '\n' || (peek() == '#' && bytes_[at_ - 1] == ' ');
  }
  void go_to_next_line() {
    skip_to_line_end();
    if (is_end()) return;
    begin_line();
    skip_empty_lines();
  }
  bool end_line() {
    if (!is_line_done()) return false;
    go_to_next_line();
    return true;
  }

  bool read_map(Node& node, int column, std::size_t depth) {
    node.kind = Node::Kind::map;
    node.at = place();
    if (depth > kMostDepth) return false;
    do {
      Node child;
      if (!read_key(node, child, Context::block)) return false;
      if (!read_block_value(child, column, depth + 1)) return false;
      node.add(std::move(child));
    } while (indent() == column);
    finish(node);
    return indent() < column;
  }

  /// `column` is that of the lines that begin with `-`; a map's may stand below its key, where the map goes
  /// on.
  bool read_list(Node& node, int column, std::size_t depth) {
    node.kind = Node::Kind::list;
    node.at = place();
    if (depth > kMostDepth) return false;
    do {
      ++at_;
      if (is_line_done()) return false;
      Node child;
      if (!read_item(child, column, depth + 1)) return false;
      node.add(std::move(child));
    } while (indent() == column && starts_entry());
    finish(node);
    return indent() <= column;
  }

  void finish(Node& node) {
    node.end = place();
    ++values_;
  }

  bool read_item(Node& child, int column, std::size_t depth) {
    if (starts_entry()) return false;
    if (peek() == '|') return read_literal(child, column);
    const std::size_t start = at_;
    if (!read_value(child, Context::block, depth)) return false;
    if (peek() != ':') return end_line() && indent() <= column;
    at_ = start;
    child = Node();
    return read_map(child, indent(), depth);
  }

  /// Behind the `:`.
  bool read_block_value(Node& child, int column, std::size_t depth) {
    child.at = child.end = place();
    if (is_line_done()) {
      go_to_next_line();
      if (indent() > column) {
        const int below = indent();
        return starts_entry() ? read_list(child, below, depth) && indent() < below
                              : read_map(child, below, depth);
      }
      if (indent() == column && starts_entry()) return read_list(child, column, depth);
      ++values_;
      return true;
    }
    if (peek() == '|') return read_literal(child, column);
    return read_value(child, Context::block, depth) && end_line() && indent() <= column;
  }

  /// A key, the `:` behind it, and one space at least or the line's end.
  bool read_key(const Node& map, Node& child, Context context) {
    child.key_at = place();
    const std::size_t start = at_;
    if (!read_scalar(child.key, context) || child.key.empty() || child.key == "<<") return false;
    if (at_ - start > kMostKeyBytes || peek() != ':' || !is_gap(peek(1))) return false;
    if (map.children.size() == kMostKeys || map.find(child.key) != nullptr) return false;
    ++at_;
    ++values_;
    return true;
  }

  bool read_value(Node& node, Context context, std::size_t depth) {
    node.at = place();
    if (peek() == '{' || peek() == '[') return depth <= kMostDepth && read_flow(node, depth);
    const bool is_plain = peek() != '"' && peek() != '\'';
    node.kind = Node::Kind::text;
    if (!read_scalar(node.text, context)) return false;
    finish(node);
    return !is_plain || resolve_scalar(node);
  }

  bool read_flow(Node& node, std::size_t depth) {
    const bool is_map = peek() == '{';
    const char closing = is_map ? '}' : ']';
    node.kind = is_map ? Node::Kind::map : Node::Kind::list;
    ++at_;
    skip_spaces();
    while (peek() != closing || !node.children.empty()) {
      Node child;
      if (is_map) {
        if (!read_key(node, child, Context::flow)) return false;
        skip_spaces();
      }
      if (!read_value(child, Context::flow, depth + 1)) return false;
      node.add(std::move(child));
      skip_spaces();
      if (peek() == closing) break;
      if (peek() != ',') return false;
      ++at_;
      skip_spaces();
    }
    ++at_;
    finish(node);
    return true;
  }

  bool read_scalar(std::string& out, Context context) {
    switch (peek()) {
      case '"': return read_double_quoted(out);
      case '\'': return read_single_quoted(out);
      default: return read_plain(out, context);
    }
  }

  bool read_plain(std::string& out, Context context) {
    if (std::string_view("\n?:,[]{}#&*!|>%@`").contains(peek())) return false;
    if (peek() == '-' && !is_letter_or_digit(peek(1)) && peek(1) != '.') return false;
    const std::size_t start = at_;
    for (char c = peek(); c != '\n'; c = peek()) {
      if (c == ':' && is_gap(peek(1))) break;
      if (c == '#' && bytes_[at_ - 1] == ' ') break;
      if (context == Context::flow) {
        if (c == '?' || (c == ':' && (is_flow_mark(peek(1)) || peek(1) == '?'))) return false;
        if (is_flow_mark(c)) break;
      }
      ++at_;
    }
    while (bytes_[at_ - 1] == ' ') --at_;
    out = bytes_.substr(start, at_ - start);
    return true;
  }

  bool read_double_quoted(std::string& out) {
    ++at_;
    while (true) {
      const std::size_t next = bytes_.find_first_of("\"\\\n", at_);
      if (next == std::string_view::npos || bytes_[next] == '\n') return false;
      out += bytes_.substr(at_, next - at_);
      at_ = next + 1;
      if (bytes_[next] == '"') return true;
      constexpr std::string_view kLetters = "\"\\nt";
      constexpr std::string_view kMeanings = "\"\\\n\t";
      const std::size_t letter = kLetters.find(peek());
      if (letter == std::string_view::npos) return false;
      out += kMeanings[letter];
      ++at_;
    }
  }

  bool read_single_quoted(std::string& out) {
    ++at_;
    while (true) {
      const std::size_t next = bytes_.find_first_of("'\n", at_);
      if (next == std::string_view::npos || bytes_[next] == '\n') return false;
      out += bytes_.substr(at_, next - at_);
      at_ = next + 1;
      if (peek() != '\'') return true;
      out += '\'';
      ++at_;
    }
  }

  /// `|` or `|-`, and lines that stand deeper than `column`; the first of them says how deep.
  bool read_literal(Node& node, int column) {
    node.at = place();
    node.kind = Node::Kind::text;
    ++at_;
    const bool is_stripped = peek() == '-';
    if (is_stripped) ++at_;
    if (is_end() || peek() != '\n') return false;
    begin_line();
    std::size_t breaks = 0;
    for (; peek() == '\n' && !is_end(); ++breaks) begin_line();
    skip_spaces();
    const int depth = indent();
    if (depth <= column || peek() == '\n') return false;
    while (indent() == depth) {
      const std::size_t start = at_;
      skip_to_line_end();
      if (is_end()) return false;
      node.text.append(breaks, '\n').append(bytes_, start, at_ - start);
      for (breaks = 0; !is_end() && peek() == '\n'; ++breaks) {
        begin_line();
        while (peek() == ' ' && indent() < depth) ++at_;
      }
    }
    if (!is_stripped) node.text += '\n';
    node.end = {line_, 1};
    ++values_;
    at_ = line_start_;
    skip_empty_lines();
    return indent() <= column;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  std::size_t counted_to_ = 0;
  int column_ = 1;          // of counted_to_
  std::size_t values_ = 0;  // keys are counted too
};

}  // namespace

std::optional<Node> read_common_yaml(std::string_view bytes) { return CommonReader(bytes).run(); }

}  // namespace callboard::workflow
