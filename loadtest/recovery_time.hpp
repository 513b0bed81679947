#pragma once

#include <optional>
#include <span>

namespace callboard::loadtest {

/// Throughput counts as back at this share of what it was.
inline constexpr double kBackShare = 0.9;
/// It is looked at in steps of a tenth of a second, over half a second from there.
inline constexpr double kLookStep = 0.1;
inline constexpr double kLookOver = 0.5;
/// And it must last, so that a burst of what had piled up does not count.
inline constexpr double kMustLast = 2;

/// When throughput was back after a fault, in seconds: the first moment from which on it was kBackShare of
/// `before` (completions a second) over the next kLookOver and over the next kMustLast. `completions` are
/// seconds since the fault, in order, known up to `now`. Nothing if it is not back yet, or not for long
/// enough to say.
std::optional<double> seconds_until_back(std::span<const double> completions, double before, double now);

}  // namespace callboard::loadtest
