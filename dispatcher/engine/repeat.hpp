#pragma once

#include <functional>

#include "shared/base/ports.hpp"

namespace callboard::dispatcher {

/// Calls a task every `period` on the loop, until stopped or destroyed. On the loop.
class Repeat {
 public:
  Repeat(Loop& loop, Micros period, std::function<void()> task)
      : loop_(loop), period_(period), task_(std::move(task)) {}
  ~Repeat() { stop(); }
  Repeat(const Repeat&) = delete;
  Repeat& operator=(const Repeat&) = delete;

  void start() {
    stop();
    timer_ = loop_.after(period_, [this] {
      start();
      task_();
    });
  }
  void stop() {
    loop_.cancel(timer_);
    timer_ = 0;
  }

 private:
  Loop& loop_;
  Micros period_;
  std::function<void()> task_;
  Loop::TimerId timer_ = 0;
};

}  // namespace callboard::dispatcher
