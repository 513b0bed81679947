#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/expression/contexts.hpp"
#include "shared/value/value.hpp"

namespace callboard::expression {

using NodeIndex = std::uint32_t;

enum class NodeKind : std::uint8_t {
  literal,     // `literal`
  context,     // name(): event, inputs, run, vars
  step,        // operand 0 tells which: a key, or a number
  secret,      // name(); only ever the root
  steps,       // the values of all steps: `steps.*`
  path,        // operand 0, then what each .name or […] asks for
  star,        // `.*` or `[*]` within a path
  negation,    // operand 0
  all_of,      // && of two or more operands
  any_of,      // || of two or more
  comparison,  // operands 0 and 1, by `comparison`
  status,      // `status`
  call,        // `function` of the operands
};

enum class Function : std::uint8_t {
  contains,
  starts_with,
  ends_with,
  format,
  join,
  to_json,
  from_json,
  case_of,
  default_of,
  length,
  now,
};

enum class Comparison : std::uint8_t { equal, unequal, less, less_or_equal, greater, greater_or_equal };

struct Node {
  NodeKind kind = NodeKind::literal;
  Comparison comparison = Comparison::equal;
  StatusFunction status = StatusFunction::success;
  Function function = Function::contains;
  std::uint8_t height = 1;          // levels, this one included
  std::uint16_t column = 0;         // of a call or a secret: where its name stands, from 1
  std::uint32_t first_operand = 0;  // in Tree::operands
  std::uint32_t operand_count = 0;
  Value literal;  // or a name

  std::string_view name() const { return {literal.get_string().data(), literal.get_string().size()}; }
};

/// The context of `run.event` where it is another than `event`.
inline constexpr std::string_view kRunEvent = "run.event";

static_assert(limits::kExpressionBytes < UINT16_MAX);

/// The nodes of one expression: operands stand before what uses them, the root is the last. A chain (a.b.c, a
/// && b && c) is one node, and evaluation recurses at most limits::kExpressionDepth deep.
struct Tree {
  std::vector<Node> nodes;
  std::vector<NodeIndex> operands;  // of all nodes, those of one beside each other

  const Node& root() const { return nodes.back(); }
  const Node& operand(const Node& of, std::size_t i) const { return nodes[operands[of.first_operand + i]]; }
  std::span<const NodeIndex> operands_of(const Node& node) const {
    return std::span(operands).subspan(node.first_operand, node.operand_count);
  }
};

}  // namespace callboard::expression
