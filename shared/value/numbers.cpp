#include "shared/value/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace callboard {
namespace {

/// Holds every int64, every uint64 and every double as it is.
using Exact = long double;
static_assert(std::numeric_limits<Exact>::digits >= 64 &&
              std::numeric_limits<Exact>::max_exponent >= std::numeric_limits<double>::max_exponent);

Exact exact(const Value& number) {
  if (number.is_int64()) return static_cast<Exact>(number.get_int64());
  if (number.is_uint64()) return static_cast<Exact>(number.get_uint64());
  return static_cast<Exact>(number.get_double());
}

bool is_whole_of_64_bits(Exact number) {
  constexpr Exact kBeyond = 18446744073709551616.0L;  // 2^64
  return std::trunc(number) == number && std::abs(number) < kBeyond;
}

}  // namespace

std::partial_ordering compare_numbers(const Value& a, const Value& b) { return exact(a) <=> exact(b); }

bool is_multiple(const Value& number, const Value& of) {
  if (is_whole_of_64_bits(exact(number)) && is_whole_of_64_bits(exact(of)))
    return std::fmod(exact(number), exact(of)) == 0;
  const double times = number.to_number<double>() / of.to_number<double>();
  return std::abs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::abs(times));
}

}  // namespace callboard
