#include "shared/runtime/asio_loop.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace callboard::runtime {

AsioLoop::AsioLoop() : context_(1), work_(boost::asio::make_work_guard(context_)) {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::post(Task task) { boost::asio::post(context_, std::move(task)); }

Loop::TimerId AsioLoop::after(Micros delay, Task task) {
  const TimerId id = ++last_;
  auto& timer = timers_[id];
  timer = std::make_unique<boost::asio::steady_timer>(context_, delay);
  timer->async_wait([this, id, run = std::move(task)](const boost::system::error_code& cancelled) mutable {
    if (cancelled || timers_.erase(id) == 0) return;
    run();
  });
  return id;
}

void AsioLoop::cancel(TimerId timer) { timers_.erase(timer); }

void AsioLoop::run() { context_.run(); }
void AsioLoop::stop() { context_.stop(); }

}  // namespace callboard::runtime
