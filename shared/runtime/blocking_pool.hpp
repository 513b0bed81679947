#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "shared/base/ports.hpp"

namespace callboard::runtime {

/// A few threads for libraries that block. Work runs on one of them; what it has to say goes back by
/// Loop::post. Bounded: try_run refuses when `queue` pieces of work wait.
class BlockingPool {
 public:
  BlockingPool(std::size_t threads, std::size_t queue);
  /// Finishes what runs, drops what waits.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// From any thread. False: the queue is full.
  [[nodiscard]] bool try_run(Task work);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Task> queue_;
  std::size_t limit_;
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace callboard::runtime
