#include "shared/runtime/blocking_pool.hpp"

#include <utility>

namespace callboard::runtime {

BlockingPool::BlockingPool(std::size_t threads, std::size_t queue) : limit_(queue) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

BlockingPool::~BlockingPool() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    queue_.clear();
  }
  more_.notify_all();
}

bool BlockingPool::try_run(Task work) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_ || queue_.size() >= limit_) return false;
    queue_.push_back(std::move(work));
  }
  more_.notify_one();
  return true;
}

void BlockingPool::serve() {
  for (;;) {
    Task work;
    {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace callboard::runtime
