#pragma once

#include <optional>
#include <utility>

#include "shared/expression/expression.hpp"

namespace callboard::expression {

struct Node;

/// What an expression comes out as: borrowed from the contexts or the expression where it stands there
/// already, so that a payload's large parts are written out without a copy.
class Operand {
 public:
  /// Borrows; null reads as JSON's null.
  explicit Operand(const Value* borrowed) : borrowed_(borrowed) {}
  explicit Operand(Value own) : own_(std::move(own)) {}

  /// What a filter (`.*`) has collected: what is asked of it is asked of each of its items.
  static Operand filtered(Array items) {
    Operand out{Value(std::move(items))};
    out.is_filtered_ = true;
    return out;
  }

  bool is_borrowed() const { return !own_; }
  bool is_filtered() const { return is_filtered_; }
  const Value& value() const { return own_ ? *own_ : borrowed_ != nullptr ? *borrowed_ : kNull; }
  Value take() && { return own_ ? *std::move(own_) : value(); }

 private:
  inline static const Value kNull;

  const Value* borrowed_ = nullptr;
  std::optional<Value> own_;
  bool is_filtered_ = false;
};

/// Valid as long as both the expression and what the contexts gave. `column`: as for evaluate().
Result<Operand> evaluate_operand(const Expression& expression, const Contexts& contexts,
                                 std::size_t* column = nullptr);
/// The same of one node of a tree that is no secret.
Result<Operand> evaluate_node(const Tree& tree, const Node& node, const Contexts& contexts);

}  // namespace callboard::expression
