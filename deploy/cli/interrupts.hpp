#pragma once

#include <csignal>

#include "shared/base/time.hpp"

namespace callboard::cli {

/// SIGINT, SIGTERM and SIGHUP as questions instead of interruptions. Made before threads start: they inherit
/// that these signals are held back.
class Interrupts {
 public:
  Interrupts();
  /// The signals come through again.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// True once one has come.
  bool has_come();
  /// Waits for one, at most so long; true if one has come.
  bool wait(Micros most);

 private:
  sigset_t held_{};
  sigset_t before_{};
  bool come_ = false;
};

}  // namespace callboard::cli
