#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "shared/expression/expression.hpp"

namespace callboard::expression {

/// A call that fails whatever the contexts hold.
struct ConstantFault {
  std::size_t column = 0;  // of its name, as parse_expression counts
  std::string message;
};

/// The first call whose constant arguments are enough to refuse it: fromJSON('{'), format('{1}', event.a),
/// length(12), case('yes', …). It may stand where nothing is ever evaluated.
std::optional<ConstantFault> find_constant_fault(const Expression& expression);

}  // namespace callboard::expression
