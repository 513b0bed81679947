#pragma once

#include <functional>
#include <span>

#include "shared/base/error.hpp"
#include "shared/expression/contexts.hpp"
#include "shared/expression/evaluate.hpp"
#include "shared/expression/node.hpp"

namespace callboard::expression {

/// Calls a function whose arguments are evaluated all (that is not case() or default()). `invalid` with what
/// is wrong; `too_large` where the result would exceed limits::kRenderedBytes.
Result<Operand> call(Function function, std::span<const Operand> arguments, const Contexts& contexts);

}  // namespace callboard::expression
