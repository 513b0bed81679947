#pragma once

#include <atomic>

#include "shared/base/ports.hpp"

namespace callboard::runtime {

/// The machine's clocks. `now` is the wall clock plus the offset to the database's, as last measured.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Steady steady() const override;
  /// `database_now` was read between `sent` and now, which bounds the offset from both sides: it changes only
  /// as far as it must, so that a slow answer says nothing and a shared clock is left alone.
  void measure(Time database_now, Steady sent);

 private:
  Time wall() const;

  std::atomic<std::int64_t> offset_{0};  // microseconds
};

}  // namespace callboard::runtime
