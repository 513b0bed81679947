#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "shared/expression/expression.hpp"

namespace callboard::expression {

/// A call that fails whatever the contexts hold.
struct FormatFault {
  std::size_t column = 0;  // of its name, as parse_expression counts
  std::string message;
};

/// The first format() whose written format does not go with its number of arguments. It may stand where
/// nothing is ever evaluated.
std::optional<FormatFault> find_format_fault(const Expression& expression);

}  // namespace callboard::expression
