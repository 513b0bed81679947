#pragma once

#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/value.hpp"

namespace callboard {

/// Reads one JSON document (RFC 8259) from outside bytes: strict, UTF-8 checked, at most `depth` levels,
/// nothing behind it. A key given twice: the last one stands. `invalid` with what is wrong, `too_large` when
/// it is too deep. An integer beyond 64 bits is read as the nearest double, as JavaScript does; a number that
/// is beyond every double is refused. Never throws.
Result<Value> read_json(std::string_view bytes, std::size_t depth = limits::kJsonDepth);

/// The member of an object, or null if `value` is no object or has none. For chains: find(find(v, "a"), "b").
const Value* find(const Value* value, std::string_view name);
/// The member as text / integer / object, or the fallback where it is absent or of another kind.
std::string_view find_text(const Value* value, std::string_view name, std::string_view fallback = {});
std::int64_t find_int(const Value* value, std::string_view name, std::int64_t fallback = 0);

}  // namespace callboard
