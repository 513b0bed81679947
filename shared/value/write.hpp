#pragma once

#include <string>
#include <string_view>

#include "shared/value/value.hpp"

namespace callboard {

/// Compact JSON; members in the order of the object. Doubles in the shortest form that reads back; NaN and
/// infinities null.
std::string write_json(const Value& value);
void append_json(std::string& out, const Value& value);
/// `text` in quotes, escaped; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Compact JSON with the members of every object sorted bytewise: equal values give equal bytes. What hashes
/// are made of.
std::string write_canonical(const Value& value);

}  // namespace callboard
