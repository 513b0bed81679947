#pragma once

#include <atomic>

#include "shared/base/ports.hpp"

namespace callboard::runtime {

/// The machine's clocks. `now` goes with the boot-time clock, from the wall clock's time when this was made,
/// by the offset to the database's clock as last measured: a wall clock that jumps moves no timer.
class SystemClock final : public Clock {
 public:
  SystemClock();
  Time now() const override;
  Steady steady() const override;
  /// `database_now` was read between `sent` and now, which bounds the offset from both sides: it changes only
  /// as far as it must, so that a slow answer says nothing and a shared clock is left alone.
  void measure(Time database_now, Steady sent);

 private:
  std::atomic<std::int64_t> offset_;  // microseconds from the boot-time clock to `now`
};

}  // namespace callboard::runtime
