#pragma once

#include <string>

#include "shared/expression/expression.hpp"

namespace callboard::expression {

/// What the expression's properties come to, for people: `event.ref is "refs/heads/dev", event.draft is
/// true`. Properties whose names are computed are left out, long values cut; a few hundred bytes at most.
/// Empty where it reads none.
std::string describe_findings(const Expression& expression, const Contexts& contexts);

}  // namespace callboard::expression
