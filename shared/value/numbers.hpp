#pragma once

#include <compare>

#include "shared/value/value.hpp"

namespace callboard {

/// Two numbers in order, exactly: an int64, a uint64 and a double are compared as the numbers they are, none
/// rounded to the kind of the other. Unordered where one is NaN. Both must be numbers.
std::partial_ordering compare_numbers(const Value& a, const Value& b);

/// Whether `number` is a whole multiple of `of`, which is above 0. Exact for whole numbers of 64 bits,
/// whichever their kind; of others, as near as their digits tell: 0.3 is a multiple of 0.1.
bool is_multiple(const Value& number, const Value& of);

}  // namespace callboard
