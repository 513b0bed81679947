#include "shared/expression/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/expression/casing.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/expression/functions.hpp"
#include "shared/expression/node.hpp"

namespace callboard::expression {
namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

/// The place that a value asks for, as Actions reads it: a number, rounded down.
std::optional<std::size_t> place_of(const Value& index) {
  const Value number = to_number(index);
  if (number.is_int64()) {
    return number.get_int64() < 0 ? std::nullopt
                                  : std::optional(static_cast<std::size_t>(number.get_int64()));
  }
  if (number.is_uint64()) return static_cast<std::size_t>(number.get_uint64());
  if (!number.is_double()) return std::nullopt;
  const double place = std::floor(number.get_double());
  constexpr double kMost = 1e15;
  return place >= 0 && place < kMost ? std::optional(static_cast<std::size_t>(place)) : std::nullopt;
}

const Value* find_at(const Value& from, const Value& index) {
  if (index.is_array() || index.is_object()) return nullptr;
  if (from.is_object()) {
    return index.is_string() ? find_without_case(from.get_object(), view(index.get_string()))
                             : find_without_case(from.get_object(), to_text(index));
  }
  if (!from.is_array()) return nullptr;
  const auto place = place_of(index);
  return place && *place < from.get_array().size() ? &from.get_array()[*place] : nullptr;
}

/// What a path has come to: one value, or those that a filter has collected. Borrowed.
struct Reached {
  const Value* one = nullptr;
  std::vector<const Value*> all;
  bool is_filtered = false;
};

void collect(const Value& from, std::vector<const Value*>& out) {
  if (from.is_array()) {
    for (const Value& item : from.get_array()) out.push_back(&item);
  } else if (from.is_object()) {
    for (const auto& member : from.get_object()) out.push_back(&member.value());
  }
}

/// The first failure ends the evaluation: what is left of it gives null.
class Evaluator {
 public:
  Evaluator(const Tree& tree, const Contexts& contexts) : tree_(tree), contexts_(contexts) {}

  /// A failure leaves behind where it is.
  Result<Operand> run(const Node& root) {
    Operand out = evaluate(root);
    if (error_) return std::unexpected(*std::move(error_));
    return out;
  }

  std::size_t column() const { return column_; }

 private:
  const Value* find_context(std::string_view name) const {
    const Value* const found = contexts_.find_context(name);
    return found == nullptr && name == kRunEvent ? contexts_.find_context("event") : found;
  }

  Operand evaluate(const Node& node) {
    if (error_) return Operand(nullptr);
    switch (node.kind) {
      case NodeKind::literal: return Operand(&node.literal);
      case NodeKind::context: return Operand(find_context(node.name()));
      case NodeKind::step: return Operand(find_step(operand(node, 0).value()));
      case NodeKind::steps: return all_steps();
      case NodeKind::secret:
      case NodeKind::star: return Operand(nullptr);
      case NodeKind::path: return follow(node);
      case NodeKind::negation: return Operand(Value(!is_true(operand(node, 0).value())));
      case NodeKind::all_of: return first_that(node, false);
      case NodeKind::any_of: return first_that(node, true);
      case NodeKind::comparison: return Operand(Value(compare(node)));
      case NodeKind::status: return Operand(Value(contexts_.status(node.status)));
      case NodeKind::call: return call_function(node);
    }
    return Operand(nullptr);
  }

  Operand operand(const Node& node, std::size_t i) { return evaluate(tree_.operand(node, i)); }

  Operand give_up(const Node& at, Error error) {
    error_ = std::move(error);
    column_ = at.column;
    return Operand(nullptr);
  }

  const Value* find_step(const Value& which) const {
    if (which.is_string()) return contexts_.find_step(view(which.get_string()));
    const auto place = place_of(which);
    return place && which.is_number() ? contexts_.find_step(*place) : nullptr;
  }

  Operand all_steps() const {
    Array steps;
    for (std::size_t i = 0; const Value* step = contexts_.find_step(i); ++i) steps.push_back(*step);
    return Operand::filtered(std::move(steps));
  }

  Operand follow(const Node& node) {
    const Operand root = operand(node, 0);
    Reached at{.one = &root.value(), .all = {}, .is_filtered = root.is_filtered()};
    if (at.is_filtered) collect(root.value(), at.all);
    for (std::size_t i = 1; i < node.operand_count; ++i) {
      const Node& accessor = tree_.operand(node, i);
      if (accessor.kind == NodeKind::star) {
        filter(at);
      } else {
        go_on(at, evaluate(accessor).value());
      }
    }
    if (at.is_filtered) return materialize(at.all);
    if (at.one == nullptr || root.is_borrowed()) return Operand(at.one);
    return Operand(Value(*at.one));
  }

  static void filter(Reached& at) {
    std::vector<const Value*> all;
    if (at.is_filtered) {
      for (const Value* item : at.all) collect(*item, all);
    } else if (at.one != nullptr) {
      collect(*at.one, all);
    }
    at = {.one = nullptr, .all = std::move(all), .is_filtered = true};
  }

  static void go_on(Reached& at, const Value& index) {
    if (!at.is_filtered) {
      if (at.one != nullptr) at.one = find_at(*at.one, index);
      return;
    }
    std::erase_if(at.all, [&](const Value*& item) {
      item = find_at(*item, index);
      return item == nullptr;
    });
  }

  static Operand materialize(const std::vector<const Value*>& all) {
    Array items;
    items.reserve(all.size());
    for (const Value* item : all) items.push_back(*item);
    return Operand::filtered(std::move(items));
  }

  Operand call_function(const Node& node) {
    if (node.function == Function::case_of) return first_case(node);
    if (node.function == Function::default_of) {
      Operand first = operand(node, 0);
      return first.value().is_null() ? operand(node, 1) : first;
    }
    std::vector<Operand> arguments;
    arguments.reserve(node.operand_count);
    for (std::size_t i = 0; i < node.operand_count; ++i) arguments.push_back(operand(node, i));
    if (error_) return Operand(nullptr);
    auto out = call(node.function, arguments, contexts_);
    if (!out) return give_up(node, std::move(out.error()));
    made_ += out->value().is_string() ? out->value().get_string().size() : 0;
    if (made_ <= limits::kRenderedBytes) return *std::move(out);
    return give_up(node,
                   {ErrorCode::too_large, "the expression's functions give more than " +
                                              std::to_string(limits::kRenderedBytes) + " bytes together"});
  }

  /// The value behind the first condition that holds, or the last operand.
  Operand first_case(const Node& node) {
    const std::size_t last = node.operand_count - 1;
    for (std::size_t i = 0; i < last; i += 2) {
      const Operand condition = operand(node, i);
      if (error_) return Operand(nullptr);
      if (!condition.value().is_bool())
        return give_up(node, {ErrorCode::invalid, "case(): a condition is neither true nor false: " +
                                                      to_text(condition.value())});
      if (condition.value().get_bool()) return operand(node, i + 1);
    }
    return operand(node, last);
  }

  /// The first operand whose truth is `wanted`, or the last.
  Operand first_that(const Node& node, bool wanted) {
    for (std::size_t i = 0; i + 1 < node.operand_count; ++i) {
      Operand out = operand(node, i);
      if (is_true(out.value()) == wanted) return out;
    }
    return operand(node, node.operand_count - 1);
  }

  bool compare(const Node& node) {
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
  std::optional<Error> error_;
  std::size_t column_ = 0;  // of what failed
  std::size_t made_ = 0;    // bytes, by functions
};

constexpr std::string_view kSpace = " \t\r\n";

std::string shown(std::string_view source) {
  constexpr std::size_t kMostShown = 120;
  std::string out = printable(source);
  if (out.size() <= kMostShown) return out;
  out.resize(utf8_prefix(std::string_view(out).substr(0, kMostShown)));
  return out + "…";
}

/// Told apart from the message where the caller has a place for it, else in front of it, as one of the source
/// without the space around it.
Error at_column(Error error, const Expression& expression, std::size_t at, std::size_t* column) {
  if (column != nullptr) {
    *column = at;
  } else {
    const std::string_view source = expression.source();
    const std::size_t first = std::min(source.find_first_not_of(kSpace), at - 1);
    const std::size_t end = source.find_last_not_of(kSpace) + 1;
    error.message = "column " + std::to_string(at - first) + " of " +
                    shown(source.substr(first, end - first)) + ": " + error.message;
  }
  return error;
}

}  // namespace

Result<Operand> evaluate_operand(const Expression& expression, const Contexts& contexts,
                                 std::size_t* column) {
  const Node& root = expression.tree().root();
  if (root.kind == NodeKind::secret) {
    Error error{ErrorCode::invalid,
                "secrets." + std::string(root.name()) + " has no value here: only the worker knows it"};
    return std::unexpected(at_column(std::move(error), expression, root.column, column));
  }
  Evaluator evaluator(expression.tree(), contexts);
  auto out = evaluator.run(root);
  if (out) return out;
  return std::unexpected(at_column(std::move(out.error()), expression, evaluator.column(), column));
}

Result<Operand> evaluate_node(const Tree& tree, const Node& node, const Contexts& contexts) {
  return Evaluator(tree, contexts).run(node);
}

Result<Value> evaluate(const Expression& expression, const Contexts& contexts, std::size_t* column) {
  auto out = evaluate_operand(expression, contexts, column);
  if (!out) return std::unexpected(std::move(out.error()));
  return std::move(*out).take();
}

Result<bool> holds(const Expression& expression, const Contexts& contexts) {
  const auto out = evaluate_operand(expression, contexts);
  if (!out) return std::unexpected(out.error());
  return is_true(out->value());
}

}  // namespace callboard::expression
