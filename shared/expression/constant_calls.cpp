#include "shared/expression/constant_calls.hpp"

#include <utility>
#include <vector>

#include "shared/expression/functions.hpp"
#include "shared/expression/node.hpp"
#include "shared/expression/value_contexts.hpp"

namespace callboard::expression {
namespace {

/// The first argument alone can be what they refuse.
bool is_refused_by_first(Function function) {
  return function == Function::from_json || function == Function::format || function == Function::length;
}

Result<void> check_first(const Tree& tree, const Node& node) {
  std::vector<Operand> arguments(node.operand_count, Operand(nullptr));
  arguments.front() = Operand(&tree.operand(node, 0).literal);
  auto called = call(node.function, arguments, ValueContexts(Value()));
  return called ? Result<void>() : std::unexpected(std::move(called.error()));
}

Result<void> check_conditions(const Tree& tree, const Node& node) {
  for (std::size_t i = 0; i + 1 < node.operand_count; i += 2) {
    const Node& condition = tree.operand(node, i);
    if (condition.kind != NodeKind::literal) continue;
    if (auto checked = check_condition(condition.literal); !checked) return checked;
  }
  return {};
}

Result<void> check_call(const Tree& tree, const Node& node) {
  if (node.kind != NodeKind::call) return {};
  if (node.function == Function::case_of) return check_conditions(tree, node);
  const bool is_known = is_refused_by_first(node.function) && tree.operand(node, 0).kind == NodeKind::literal;
  return is_known ? check_first(tree, node) : Result<void>();
}

}  // namespace

std::optional<ConstantFault> find_constant_fault(const Expression& expression) {
  const Tree& tree = expression.tree();
  for (const Node& node : tree.nodes) {
    if (auto checked = check_call(tree, node); !checked)
      return ConstantFault{node.column, std::move(checked.error().message)};
  }
  return std::nullopt;
}

}  // namespace callboard::expression
