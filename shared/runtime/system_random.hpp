#pragma once

#include <random>

#include "shared/base/ports.hpp"

namespace callboard::runtime {

/// Seeded by the kernel once; for ids and jitter, not for secrets. One owner, not thread-safe.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace callboard::runtime
