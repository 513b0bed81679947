#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/expression/contexts.hpp"
#include "shared/value/value.hpp"

namespace callboard::expression {

struct Node;

/// What an expression reads, found at parse time. The workflow's validator and the segments rest on it.
struct Reads {
  std::vector<std::string> steps;    // keys
  bool all_steps = false;            // `steps` as a whole, or by index
  std::vector<std::string> secrets;  // names
  bool event = false;
  bool inputs = false;
  bool run = false;
  bool vars = false;
  bool status_function = false;      // success() failure() always() cancelled()

  void add(const Reads& other);
};

/// One parsed expression: immutable, shared by copies, safe to use from many threads.
class Expression {
 public:
  const Reads& reads() const { return reads_; }
  const std::string& source() const { return source_; }

 private:
  friend Result<Expression> parse_expression(std::string_view source, std::size_t* column);
  friend Result<Value> evaluate(const Expression& expression, const Contexts& contexts);

  std::string source_;
  Reads reads_;
  std::shared_ptr<const Node> root_;
};

/// Parses the text between `${` and `}`. On failure `column` (if given) is the place, from 1. At most
/// limits::kExpressionBytes and limits::kExpressionDepth.
Result<Expression> parse_expression(std::string_view source, std::size_t* column = nullptr);

/// GitHub Actions' semantics: absent properties are null, comparison is loose, strings and keys compare without case,
/// `&&` and `||` return the deciding operand. Pure; never throws.
Result<Value> evaluate(const Expression& expression, const Contexts& contexts);

/// Actions' truth: false, 0, -0, NaN, "", null are false; all else is true.
bool is_true(const Value& value);

}  // namespace callboard::expression
