#pragma once

#include <string_view>

namespace callboard::expression {

/// What parse_expression says of a secret within a larger expression, behind its name.
inline constexpr std::string_view kSecretStandsAlone =
    " may only stand alone in ${ … }: its value is known to the worker only";

}  // namespace callboard::expression
