#include "loadtest/recovery_time.hpp"

#include <algorithm>

namespace callboard::loadtest {
namespace {

double rate(std::span<const double> completions, double from, double over) {
  const auto first = std::ranges::lower_bound(completions, from);
  const auto behind = std::ranges::lower_bound(completions, from + over);
  return static_cast<double>(behind - first) / over;
}

}  // namespace

std::optional<double> seconds_until_back(std::span<const double> completions, double before, double now) {
  for (int step = 0;; ++step) {
    const double at = step * kLookStep;
    if (at + kMustLast > now) return std::nullopt;
    const double wanted = before * kBackShare;
    if (rate(completions, at, kLookOver) >= wanted && rate(completions, at, kMustLast) >= wanted) return at;
  }
}

}  // namespace callboard::loadtest
