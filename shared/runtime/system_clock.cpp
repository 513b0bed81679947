#include "shared/runtime/system_clock.hpp"

#include <time.h>

namespace callboard::runtime {

SystemClock::SystemClock()
    : offset_((std::chrono::floor<Micros>(std::chrono::system_clock::now()).time_since_epoch() -
               steady().time_since_epoch())
                  .count()) {}

Time SystemClock::now() const {
  return Time(steady().time_since_epoch() + Micros(offset_.load(std::memory_order_relaxed)));
}

Steady SystemClock::steady() const {
  timespec at{};
  clock_gettime(CLOCK_BOOTTIME, &at);
  return Steady(std::chrono::seconds(at.tv_sec) + Micros(at.tv_nsec / 1000));
}

void SystemClock::measure(Time database_now, Steady sent) {
  const Time least = database_now;
  const Time most = database_now + (steady() - sent);
  const Time ours = now();
  if (ours >= least && ours <= most) return;
  const Time nearest = ours < least ? least : most;
  offset_.fetch_add((nearest - ours).count(), std::memory_order_relaxed);
}

}  // namespace callboard::runtime
