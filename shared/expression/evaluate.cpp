#include "shared/expression/evaluate.hpp"

#include <cmath>

#include "shared/expression/coercion.hpp"
#include "shared/expression/node.hpp"

namespace callboard::expression {
namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

const Value* find_member(const Object& object, std::string_view name) {
  const boost::json::string_view key(name.data(), name.size());
  if (const Value* exact = object.if_contains(key)) return exact;
  for (const auto& member : object) {
    if (compare_without_case({member.key().data(), member.key().size()}, name) == 0) return &member.value();
  }
  return nullptr;
}

/// The place that a value asks for, as Actions reads it: a number, rounded down.
std::optional<std::size_t> place_of(const Value& index) {
  const Value number = to_number(index);
  if (number.is_int64()) {
    return number.get_int64() < 0 ? std::nullopt
                                  : std::optional(static_cast<std::size_t>(number.get_int64()));
  }
  if (!number.is_double()) return std::nullopt;
  const double place = std::floor(number.get_double());
  constexpr double kMost = 1e15;
  return place >= 0 && place < kMost ? std::optional(static_cast<std::size_t>(place)) : std::nullopt;
}

const Value* find_at(const Value& from, const Value& index) {
  if (index.is_array() || index.is_object()) return nullptr;
  if (from.is_object()) {
    return index.is_string() ? find_member(from.get_object(), view(index.get_string()))
                             : find_member(from.get_object(), to_text(index));
  }
  if (!from.is_array()) return nullptr;
  const auto place = place_of(index);
  return place && *place < from.get_array().size() ? &from.get_array()[*place] : nullptr;
}

class Evaluator {
 public:
  Evaluator(const Tree& tree, const Contexts& contexts) : tree_(tree), contexts_(contexts) {}

  Operand evaluate(const Node& node) const {
    switch (node.kind) {
      case NodeKind::literal: return Operand(&node.literal);
      case NodeKind::context: return Operand(contexts_.find_context(node.name));
      case NodeKind::step: return Operand(find_step(operand(node, 0).value()));
      case NodeKind::secret: return Operand(nullptr);
      case NodeKind::path: return follow(node);
      case NodeKind::negation: return Operand(Value(!is_true(operand(node, 0).value())));
      case NodeKind::all_of: return first_that(node, false);
      case NodeKind::any_of: return first_that(node, true);
      case NodeKind::comparison: return Operand(Value(compare(node)));
      case NodeKind::status: return Operand(Value(contexts_.status(node.status)));
    }
    return Operand(nullptr);
  }

 private:
  Operand operand(const Node& node, std::size_t i) const { return evaluate(tree_.nodes[node.operands[i]]); }

  const Value* find_step(const Value& which) const {
    if (which.is_string()) return contexts_.find_step(view(which.get_string()));
    const auto place = place_of(which);
    return place && which.is_number() ? contexts_.find_step(*place) : nullptr;
  }

  Operand follow(const Node& node) const {
    const Operand root = operand(node, 0);
    const Value* at = &root.value();
    for (std::size_t i = 1; i < node.operands.size() && at != nullptr; ++i)
      at = find_at(*at, operand(node, i).value());
    if (at == nullptr || root.is_borrowed()) return Operand(at);
    return Operand(Value(*at));
  }

  /// The first operand whose truth is `wanted`, or the last.
  Operand first_that(const Node& node, bool wanted) const {
    for (std::size_t i = 0; i + 1 < node.operands.size(); ++i) {
      Operand out = operand(node, i);
      if (is_true(out.value()) == wanted) return out;
    }
    return operand(node, node.operands.size() - 1);
  }

  bool compare(const Node& node) const {
    const Operand left = operand(node, 0);
    const Operand right = operand(node, 1);
    const std::partial_ordering order = compare_loosely(left.value(), right.value());
    switch (node.comparison) {
      case Comparison::equal: return order == 0;
      case Comparison::unequal: return order != 0;
      case Comparison::less: return order < 0;
      case Comparison::less_or_equal: return order <= 0;
      case Comparison::greater: return order > 0;
      case Comparison::greater_or_equal: return order >= 0;
    }
    return false;
  }

  const Tree& tree_;
  const Contexts& contexts_;
};

}  // namespace

Result<Operand> evaluate_operand(const Expression& expression, const Contexts& contexts) {
  const Node& root = expression.tree().root();
  if (root.kind == NodeKind::secret) {
    return fail(ErrorCode::invalid, "secrets." + root.name + " has no value here: only the worker knows it");
  }
  return Evaluator(expression.tree(), contexts).evaluate(root);
}

Result<Value> evaluate(const Expression& expression, const Contexts& contexts) {
  auto out = evaluate_operand(expression, contexts);
  if (!out) return std::unexpected(std::move(out.error()));
  return std::move(*out).take();
}

Result<bool> holds(const Expression& expression, const Contexts& contexts) {
  const auto out = evaluate_operand(expression, contexts);
  if (!out) return std::unexpected(out.error());
  return is_true(out->value());
}

}  // namespace callboard::expression
