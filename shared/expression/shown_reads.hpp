#pragma once

#include <string>
#include <vector>

#include "shared/expression/expression.hpp"

namespace callboard::expression {

/// One thing that an expression asks of its contexts, for people.
struct ShownRead {
  std::string text;  // steps.build.result.ok, failure()
  Value value;
};

/// Everything that the expression names, each once, in the order written, and what it is: also what an
/// evaluation would leave out behind a decided `&&` or `||`. Secrets have no value and are left out.
std::vector<ShownRead> show_reads(const Expression& expression, const Contexts& contexts);

/// The first of them in one line: `event.ref is "refs/heads/dev", event.draft is true`. Long values are cut;
/// a few hundred bytes at most. Empty where it reads nothing.
std::string describe_reads(const Expression& expression, const Contexts& contexts);

}  // namespace callboard::expression
