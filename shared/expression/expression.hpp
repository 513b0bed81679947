#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/expression/contexts.hpp"
#include "shared/value/value.hpp"

namespace callboard::expression {

struct Tree;

/// What an expression reads, found at parse time. The workflow's validator and the segments rest on it.
struct Reads {
  std::vector<std::string> steps;    // keys
  std::vector<std::size_t> numbers;  // of steps[0]: places in the order of the file
  bool all_steps = false;            // `steps[…]` by a number or key that is computed
  std::vector<std::string> secrets;  // names
  bool event = false;
  bool inputs = false;
  bool run = false;
  bool vars = false;
  bool item = false;             // item or index, of a map
  bool now = false;              // now()
  bool status_function = false;  // success() failure() always() cancelled()

  void add(const Reads& other);
};

/// One place where an expression names a step, for messages.
struct StepReference {
  std::string key;                    // empty: by number, or several
  std::optional<std::size_t> number;  // in the order of the file
  std::string property;               // result, status, …; empty: none, or computed
  std::size_t column = 0;             // as parse_expression counts it
};

/// One parsed expression: immutable, cheap to copy, safe to use from many threads.
class Expression {
 public:
  const Reads& reads() const { return parsed_->reads; }
  const std::vector<StepReference>& step_references() const { return parsed_->step_references; }
  const std::string& source() const { return parsed_->source; }
  const Tree& tree() const { return *tree_; }

 private:
  friend Result<Expression> parse_expression(std::string_view source, std::size_t* column,
                                             std::span<const std::string> more);
  friend Expression make_constant(Value value, std::string source);

  struct Parsed {
    std::string source;
    Reads reads;
    std::vector<StepReference> step_references;
  };
  Expression(Parsed parsed, Tree tree);

  std::shared_ptr<const Parsed> parsed_;  // shared by copies
  const Tree* tree_ = nullptr;            // stands and ends with it
};

/// Parses the text between `${` and `}`. On failure `column` (if given) is the byte that does not belong,
/// from 1. At most limits::kExpressionBytes and limits::kExpressionDepth. `secrets.NAME` may only stand
/// alone. `more` are contexts beside (and before) those of workflows, without case; what they hold is not
/// looked into.
Result<Expression> parse_expression(std::string_view source, std::size_t* column = nullptr,
                                    std::span<const std::string> more = {});

/// One that reads nothing and comes out as `value`. `source` is what its source() says.
Expression make_constant(Value value, std::string source);

/// GitHub Actions' semantics: absent properties are null, comparison is loose, strings and keys compare
/// without case,
/// `&&` and `||` return the deciding operand. Pure; never throws. `invalid` for `secrets.NAME`, which has no
/// value here, and for what a function refuses; `too_large` above limits::kRenderedBytes. The message of a
/// failure says where in the expression it is; with `column`, that byte is put there instead, from 1.
Result<Value> evaluate(const Expression& expression, const Contexts& contexts, std::size_t* column = nullptr);
/// Whether it comes out as true, without a copy of what it comes out as.
Result<bool> holds(const Expression& expression, const Contexts& contexts);

/// Actions' truth: false, 0, -0, NaN, "", null are false; all else is true.
bool is_true(const Value& value);

}  // namespace callboard::expression
