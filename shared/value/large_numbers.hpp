#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard {

/// True if a JSON number, as it is spelled, stands for a number that 64 bits or a double can hold, if need be
/// by rounding. False from about 1.8e308 on.
bool is_holdable_number(std::string_view spelled);

/// `json` with every integer beyond 64 bits spelled so that a reader takes the nearest double for it, as
/// JavaScript does. For texts that a reader refused for one of their numbers: looks at nothing else in them.
/// `invalid`, with the number and its place, where one is no JSON number or no double can hold it.
Result<std::string> spell_large_numbers(std::string_view json);

}  // namespace callboard
