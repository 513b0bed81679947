#include <algorithm>

#include "shared/base/hash.hpp"
#include "shared/run/decide.hpp"

namespace callboard::run {

Micros retry_delay(const RetryPolicy& policy, const RunId& run, std::string_view step,
                   std::uint32_t attempt) {
  const auto longest = static_cast<double>(policy.max_delay.count());
  double micros = std::min(static_cast<double>(policy.base_delay.count()), longest);
  for (std::uint32_t i = 2; i < attempt && micros < longest; ++i)
    micros = std::min(micros * policy.multiplier, longest);
  const std::uint64_t hash = stable_hash(step, stable_hash(run.uuid.bytes) + attempt);
  const double unit = static_cast<double>(hash >> 11) / static_cast<double>(1ull << 53);  // [0, 1)
  return Micros(static_cast<std::int64_t>(micros * (1 + policy.jitter * (2 * unit - 1))));
}

}  // namespace callboard::run
