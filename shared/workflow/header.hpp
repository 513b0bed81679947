#pragma once

#include "shared/workflow/compile.hpp"
#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// Everything of a file but its steps and outputs. Its shape has been checked.
Compiled read_header(const Node& root, ExpressionReader& expressions, Problems& problems);

}  // namespace callboard::workflow
