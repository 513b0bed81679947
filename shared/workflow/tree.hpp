#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value/value.hpp"
#include "shared/workflow/problem.hpp"

namespace callboard::workflow {

/// A workflow file as written: what YAML and JSON have in common, with the place of everything.
struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, text, list, map };

  Kind kind = Kind::null;
  Position at;
  Position end;     // behind the last character of a scalar
  std::string key;  // of a map's member
  Position key_at;
  std::string text;            // of a scalar, as written
  Value scalar;                // of a boolean or number
  std::vector<Node> children;  // of a list or map, in the order written
  std::uint32_t nodes = 1;     // of this tree, itself included
  std::uint32_t height = 0;    // levels below

  bool is_text() const { return kind == Kind::text; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// The member of a map, or null.
  const Node* find(std::string_view name) const;
  const Node* find_text(std::string_view name) const;
  const Node* find_list(std::string_view name) const;
  const Node* find_map(std::string_view name) const;

  /// Puts a finished child in; its key and place are set.
  void add(Node&& child);
  /// The same in two: makes the child, which stays where it is until the next one is made; and counts it once
  /// it is finished.
  Node& begin_child();
  void finish_child();
  /// In its place: takes it out again.
  void drop_child() { children.pop_back(); }
};

/// `storage` holds the value and must outlive it; without it the value owns itself.
Value to_value(const Node& node, const boost::json::storage_ptr& storage = {});

/// What write_canonical makes of the value.
std::string write_canonical(const Node& node);

/// [{key, value}, …] of a map, in the order written.
Node entries_of(const Node& map);

/// Whether some text of it holds `${`.
bool has_expression(const Node& node);

/// What stands there, for messages: number 5, text "abc", a list.
std::string describe(const Node& node);

/// The file without the byte order mark that may stand at its begin and has no place of its own.
std::string_view without_mark(std::string_view bytes);

struct NoTree {
  std::vector<Problem> problems;  // in the order of the file
  /// Where keys stand twice and nothing else is wrong: the tree with the first of each, for what is to be
  /// said of the rest.
  std::optional<Node> rest;
};
using ReadTree = std::expected<Node, NoTree>;

/// YAML 1.2's core schema by libyaml's events: yes, no and on are text; aliases are copied in, at most
/// limits::kYamlNodes in all; keys that stand twice, merge keys, tags, and more than one document are
/// refused. `expected` is what an empty file should be, for its message.
ReadTree read_yaml(std::string_view bytes, std::string_view expected = "a workflow");
/// RFC 8259, strict; keys that stand twice are refused.
ReadTree read_json_tree(std::string_view bytes);

/// The value of a plain scalar by YAML 1.2's core schema. False: it is a number that can't be represented.
bool resolve_scalar(Node& node);

/// Where byte `offset` of a text's value stands in the file (without_mark). Exact for what is written on one
/// line without escapes, and otherwise as near as counting the visible characters behind the last `${` brings
/// it.
Position locate(std::string_view file, const Node& text, std::size_t offset);

}  // namespace callboard::workflow
