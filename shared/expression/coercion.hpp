#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "shared/value/value.hpp"

/// GitHub Actions' coercions: what its runner does when kinds differ. Integers keep their 64 bits, where
/// Actions has doubles only, so that ids compare exactly.
namespace callboard::expression {

/// The number that a text stands for: decimal, 0x…, 0o…, Infinity, with spaces around; "" is 0; NaN for
/// anything else. A decimal whole number of 64 bits is an int64, beyond that a uint64.
Value number_of_text(std::string_view text);

/// null 0, false 0, true 1, text as above, arrays and objects NaN. An int64, uint64 or double.
Value to_number(const Value& value);

/// null "", booleans true and false, numbers with up to 15 digits, "Array", "Object".
std::string to_text(const Value& value);

/// Text against text without case; different kinds as numbers; arrays and objects are equal to
/// themselves only.
bool is_loosely_equal(const Value& a, const Value& b);
/// Unordered where the kinds have no order or a number is NaN.
std::partial_ordering compare_loosely(const Value& a, const Value& b);

}  // namespace callboard::expression
