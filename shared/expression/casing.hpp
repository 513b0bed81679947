#pragma once

#include <algorithm>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "shared/value/value.hpp"

/// Text without case, as Actions compares it: every character by its simple upper case (Unicode), so that the
/// order is that of the upper-case characters. What has no upper case of one character stays as it is.
namespace callboard::expression {

/// UTF-8 in, UTF-8 out; bytes that are no UTF-8 stay as they are.
std::string upper_case(std::string_view text);

std::weak_ordering compare_without_case(std::string_view a, std::string_view b);
bool contains_without_case(std::string_view text, std::string_view part);
bool starts_without_case(std::string_view text, std::string_view part);
bool ends_without_case(std::string_view text, std::string_view part);

/// The member of that name, else the first whose name is the same without case; null if there is none.
const Value* find_without_case(const Object& object, std::string_view name);

/// compare_without_case(a, b) == 0, sooner.
bool is_same_without_case(std::string_view a, std::string_view b);

/// The place in `range` of the only one whose name is the same without case; its end where there is none, or
/// several.
template <typename Range, typename NameOf>
auto find_only_without_case(const Range& range, std::string_view name, NameOf name_of) {
  const auto is_same = [&](const auto& one) { return is_same_without_case(std::invoke(name_of, one), name); };
  const auto found = std::ranges::find_if(range, is_same);
  if (found == range.end() || std::find_if(std::next(found), range.end(), is_same) == range.end())
    return found;
  return range.end();
}

}  // namespace callboard::expression
