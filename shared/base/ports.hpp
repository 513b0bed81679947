#pragma once

#include <cstdint>
#include <functional>

#include "shared/base/time.hpp"

namespace callboard {

/// The clock that comes in. Real: the machine's clocks with the offset to the database's measured at each
/// lease renewal. Simulated: one number. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The database's time, as near as this process knows it.
  virtual Time now() const = 0;
  /// Boot-time clock; never goes back, goes on while the machine is suspended.
  virtual Steady steady() const = 0;
};

/// The source of randomness that comes in. Real: seeded by the kernel. Simulated: from the seed.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

using Task = std::move_only_function<void()>;

/// The one thread on which an owner's state lives. Everything handed in runs there, one at a time, in no
/// caller's stack.
class Loop {
 public:
  using TimerId = std::uint64_t;  // 0 is no timer

  virtual ~Loop() = default;
  /// Runs `task` in a later turn of the loop. The only call that may come from any thread.
  virtual void post(Task task) = 0;
  /// Runs `task` once, not before `delay` has passed.
  virtual TimerId after(Micros delay, Task task) = 0;
  /// Forgets a timer; harmless if it ran, or for 0.
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace callboard
