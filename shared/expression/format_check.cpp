#include "shared/expression/format_check.hpp"

#include <utility>
#include <vector>

#include "shared/expression/functions.hpp"
#include "shared/expression/node.hpp"
#include "shared/expression/value_contexts.hpp"

namespace callboard::expression {
namespace {

bool has_written_format(const Tree& tree, const Node& node) {
  return node.kind == NodeKind::call && node.function == Function::format &&
         tree.operand(node, 0).kind == NodeKind::literal;
}

}  // namespace

std::optional<FormatFault> find_format_fault(const Expression& expression) {
  const Tree& tree = expression.tree();
  for (const Node& node : tree.nodes) {
    if (!has_written_format(tree, node)) continue;
    std::vector<Operand> arguments(node.operand_count, Operand(nullptr));
    arguments.front() = Operand(&tree.operand(node, 0).literal);
    if (auto made = call(node.function, arguments, ValueContexts(Value())); !made)
      return FormatFault{node.column, std::move(made.error().message)};
  }
  return std::nullopt;
}

}  // namespace callboard::expression
