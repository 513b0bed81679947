#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callboard {

using Micros = std::chrono::microseconds;
/// A point of UTC, in microseconds, on the database's clock. Nothing else in an event is a time.
using Time = std::chrono::sys_time<Micros>;
/// A point of the machine's boot-time clock: for leases and latencies, never stored.
using Steady = std::chrono::time_point<std::chrono::steady_clock, Micros>;

/// RFC 3339 in UTC with six digits: 2026-11-21T07:49:11.000123Z
std::string format_time(Time at);
/// RFC 3339 with any offset, 0 to 9 digits of a second (beyond 6 they are cut). Nothing on anything else.
std::optional<Time> parse_time(std::string_view text);

/// A duration as workflow files and settings write it: 250ms, 30s, 1.5m, 2h, 7d, or parts one behind another
/// (1h30m). Nothing on anything else, on a negative one, and beyond 10 years.
std::optional<Micros> parse_duration(std::string_view text);
/// The shortest form that parse_duration reads back: 250ms, 30s, 1m30s.
std::string format_duration(Micros duration);

}  // namespace callboard
