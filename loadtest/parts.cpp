#include <ctime>

#include "loadtest/scenarios.hpp"

namespace callboard::loadtest {
namespace {

constexpr int kParts = 3;
constexpr double kWarmUpShare = 0.4;  // of a part

}  // namespace

double warm_up(const Options& options, const Progress& progress) {
  progress("warming up");
  return options.seconds * kWarmUpShare;
}

std::vector<LoadResult> measure_parts(const Progress& progress, const std::function<LoadResult()>& measure) {
  std::vector<LoadResult> parts;
  for (int part = 1; part <= kParts; ++part) {
    progress("measuring, part " + std::to_string(part) + " of " + std::to_string(kParts));
    parts.push_back(measure());
  }
  return parts;
}

double seconds_of_core() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Micros to_micros(double seconds) { return Micros(static_cast<std::int64_t>(seconds * 1e6)); }

}  // namespace callboard::loadtest
