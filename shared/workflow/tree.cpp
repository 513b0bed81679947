#include "shared/workflow/tree.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "shared/base/text.hpp"
#include "shared/value/write.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kShownBytes = 40;

const Node* of_kind(const Node* node, Node::Kind kind) {
  return node != nullptr && node->kind == kind ? node : nullptr;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool read_integer(Node& node, std::string_view digits, int base, bool is_negative) {
  std::uint64_t magnitude = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, problem] = std::from_chars(digits.data(), last, magnitude, base);
  if (problem != std::errc() || end != last) return false;
  constexpr std::uint64_t kMost = 1ull << 63;
  if (is_negative && magnitude > kMost) return false;
  if (is_negative)
    node.scalar = static_cast<std::int64_t>(0 - magnitude);
  else if (magnitude < kMost)
    node.scalar = static_cast<std::int64_t>(magnitude);
  else
    node.scalar = magnitude;
  return true;
}

/// [0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)? or \.[0-9]+…
bool is_decimal(std::string_view text) {
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!is_digits(power)) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return is_digits(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  return (is_digits(whole) && (fraction.empty() || is_digits(fraction))) ||
         (whole.empty() && is_digits(fraction));
}

bool read_number(Node& node) {
  std::string_view text = node.text;
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  node.kind = Node::Kind::number;
  if (is_digits(text)) return read_integer(node, text, 10, is_negative);
  const bool has_sign = text.size() != node.text.size();
  const auto is_of = [&](std::string_view prefix, std::string_view digits) {
    return !has_sign && text.size() > 2 && text.starts_with(prefix) &&
           text.find_first_not_of(digits, 2) == std::string_view::npos;
  };
  if (is_of("0x", "0123456789abcdefABCDEF")) return read_integer(node, text.substr(2), 16, false);
  if (is_of("0o", "01234567")) return read_integer(node, text.substr(2), 8, false);
  if (text == ".inf" || text == ".Inf" || text == ".INF" || node.text == ".nan" || node.text == ".NaN" ||
      node.text == ".NAN") {
    return false;
  }
  if (!is_decimal(text)) {
    node.kind = Node::Kind::text;
    return true;
  }
  double number = 0;
  const auto problem = std::from_chars(text.data(), text.data() + text.size(), number).ec;
  node.scalar = is_negative ? -number : number;
  return problem == std::errc();
}

std::size_t count_openings(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) ++count;
  return count;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The byte at which a position stands, or the end of the file.
std::size_t byte_of(std::string_view file, Position at) {
  std::size_t byte = 0;
  for (int line = 1; line < at.line && byte < file.size(); ++byte) line += file[byte] == '\n' ? 1 : 0;
  for (int column = 1; column < at.column && byte < file.size() && file[byte] != '\n'; ++column) {
    do ++byte;
    while (byte < file.size() && is_continuation(file[byte]));
  }
  return byte;
}

Position position_behind(Position at, std::string_view passed) {
  for (const char c : passed) {
    if (c == '\n')
      at = {at.line + 1, 1};
    else if (!is_continuation(c))
      ++at.column;
  }
  return at;
}

/// Passes as many visible characters of the written form as `value` has; an escape's backslash is none.
std::size_t pass_visible(std::string_view written, std::string_view value) {
  std::size_t i = 0;
  for (const char wanted : value) {
    if (is_space(wanted)) continue;
    while (i < written.size() && (is_space(written[i]) || (written[i] == '\\' && wanted != '\\'))) ++i;
    if (i < written.size()) ++i;
  }
  return i;
}

/// Where the value of a written text begins: behind its anchor, and the quote or the line of a block's | or
/// >.
std::size_t begin_of_value(std::string_view written) {
  std::size_t at = 0;
  if (written.starts_with('&'))
    at = std::min(written.find_first_not_of(" \t\r\n", written.find_first_of(" \t\r\n")), written.size());
  const std::string_view rest = written.substr(at);
  if (rest.starts_with('"') || rest.starts_with('\'')) return at + 1;
  const bool is_block = rest.starts_with('|') || rest.starts_with('>');
  return is_block ? std::min(written.find('\n', at), written.size()) : at;
}

/// Members stand in the order of their keys.
class CanonicalWriter {
 public:
  explicit CanonicalWriter(std::string& out) : out_(out) {}

  void add(const Node& node) {
    switch (node.kind) {
      case Node::Kind::null: out_ += "null"; return;
      case Node::Kind::boolean:
      case Node::Kind::number: return append_json(out_, node.scalar);
      case Node::Kind::text: return append_json_string(out_, node.text);
      case Node::Kind::list: return add_list(node);
      case Node::Kind::map: return add_map(node);
    }
  }

 private:
  void add_list(const Node& list) {
    out_ += '[';
    for (const Node& child : list.children) {
      if (&child != &list.children.front()) out_ += ',';
      add(child);
    }
    out_ += ']';
  }

  void add_map(const Node& map) {
    const std::size_t from = members_.size();
    for (const Node& child : map.children) members_.push_back(&child);
    std::ranges::sort(members_.begin() + static_cast<std::ptrdiff_t>(from), members_.end(), {}, &Node::key);
    out_ += '{';
    for (std::size_t i = from; i < from + map.children.size(); ++i) {
      if (i != from) out_ += ',';
      append_json_string(out_, members_[i]->key);
      out_ += ':';
      add(*members_[i]);
    }
    out_ += '}';
    members_.resize(from);
  }

  std::string& out_;
  std::vector<const Node*> members_;  // of the maps that are open
};

}  // namespace

const Node* Node::find(std::string_view name) const {
  if (kind != Kind::map) return nullptr;
  for (const Node& child : children) {
    const bool may_be = child.key.size() == name.size() && (name.empty() || child.key[0] == name[0]);
    if (may_be && child.key == name) return &child;
  }
  return nullptr;
}
const Node* Node::find_text(std::string_view name) const { return of_kind(find(name), Kind::text); }
const Node* Node::find_list(std::string_view name) const { return of_kind(find(name), Kind::list); }
const Node* Node::find_map(std::string_view name) const { return of_kind(find(name), Kind::map); }

void Node::add(Node&& child) {
  begin_child() = std::move(child);
  finish_child();
}

Node& Node::begin_child() {
  constexpr std::size_t kUsual = 6;
  if (children.empty()) children.reserve(kUsual);
  return children.emplace_back();
}

void Node::finish_child() {
  nodes += children.back().nodes;
  height = std::max(height, children.back().height + 1);
}

Value to_value(const Node& node, const boost::json::storage_ptr& storage) {
  switch (node.kind) {
    case Node::Kind::null: return Value(nullptr, storage);
    case Node::Kind::boolean:
    case Node::Kind::number: return Value(node.scalar, storage);
    case Node::Kind::text:
      return Value(boost::json::string_view(node.text.data(), node.text.size()), storage);
    case Node::Kind::list: {
      Array out(storage);
      out.reserve(node.children.size());
      for (const Node& child : node.children) out.push_back(to_value(child, storage));
      return out;
    }
    case Node::Kind::map: {
      Object out(storage);
      out.reserve(node.children.size());
      for (const Node& child : node.children) out.emplace(child.key, to_value(child, storage));
      return out;
    }
  }
  return nullptr;
}

std::string write_canonical(const Node& node) {
  constexpr std::size_t kUsualBytes = 24;  // of a node
  std::string out;
  out.reserve(kUsualBytes * node.nodes);
  CanonicalWriter(out).add(node);
  return out;
}

Node entries_of(const Node& map) {
  Node out;
  out.kind = Node::Kind::list;
  out.at = map.at;
  for (const Node& member : map.children) {
    Node key;
    key.kind = Node::Kind::text;
    key.text = member.key;
    key.key = "key";
    Node value = member;
    value.key = "value";
    Node entry;
    entry.kind = Node::Kind::map;
    entry.add(std::move(key));
    entry.add(std::move(value));
    out.add(std::move(entry));
  }
  return out;
}

std::string_view without_mark(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  return bytes;
}

bool has_expression(const Node& node) {
  if (node.is_text()) return node.text.contains("${");
  return std::ranges::any_of(node.children, has_expression);
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::boolean: return node.text;
    case Node::Kind::number: return "number " + node.text;
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    case Node::Kind::text: break;
  }
  std::string shown = node.text.substr(0, kShownBytes);
  while (shown.size() < node.text.size() && !shown.empty() && !is_utf8(shown)) shown.pop_back();
  return "text \"" + printable(shown) + (shown.size() < node.text.size() ? "…\"" : "\"");
}

bool resolve_scalar(Node& node) {
  const std::string_view text = node.text;
  node.kind = Node::Kind::text;
  const auto is = [text](std::string_view a, std::string_view b, std::string_view c) {
    return text == a || text == b || text == c;
  };
  switch (text.empty() ? '~' : text[0]) {
    case '~':
      if (text.size() <= 1) node.kind = Node::Kind::null;
      return true;
    case 'n':
    case 'N':
      if (is("null", "Null", "NULL")) node.kind = Node::Kind::null;
      return true;
    case 't':
    case 'T':
    case 'f':
    case 'F':
      if (!is("true", "True", "TRUE") && !is("false", "False", "FALSE")) return true;
      node.kind = Node::Kind::boolean;
      node.scalar = text.size() == std::string_view("true").size();
      return true;
    default: return std::string_view("+-.0123456789").contains(text[0]) ? read_number(node) : true;
  }
}

Position locate(std::string_view file, const Node& text, std::size_t offset) {
  const std::size_t begin = byte_of(file, text.at);
  const std::size_t end = std::max(begin, byte_of(file, text.end));
  const std::string_view written = file.substr(begin, end - begin);
  const std::string_view value = std::string_view(text.text).substr(0, offset);
  const std::size_t openings = count_openings(value);
  std::size_t in_written = begin_of_value(written);
  for (std::size_t i = 0; i < openings; ++i) {
    in_written = written.find("${", in_written);
    if (in_written == std::string_view::npos) return text.at;
    in_written += 2;
  }
  const std::string_view rest = openings == 0 ? value : value.substr(value.rfind("${") + 2);
  std::string_view passed = written.substr(0, in_written + pass_visible(written.substr(in_written), rest));
  // The place is that of the next visible character.
  std::size_t next = passed.size();
  if (offset < text.text.size() && !is_space(text.text[offset])) {
    while (next < written.size() && is_space(written[next])) ++next;
  }
  return position_behind(text.at, written.substr(0, next));
}

}  // namespace callboard::workflow
