#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_map>

#include "shared/base/ports.hpp"

namespace callboard::runtime {

/// The Loop of a real process: one Asio context, run by one thread.
class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;

  void post(Task task) override;
  TimerId after(Micros delay, Task task) override;
  void cancel(TimerId timer) override;

  boost::asio::io_context& context() { return context_; }
  /// Runs until stop(). The calling thread is the loop's thread.
  void run();
  /// run() returns after the task at hand. From any thread.
  void stop();

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unordered_map<TimerId, std::unique_ptr<boost::asio::steady_timer>> timers_;
  TimerId last_ = 0;
};

}  // namespace callboard::runtime
