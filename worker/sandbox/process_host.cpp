#include "worker/sandbox/process_host.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace callboard::sandbox {

using std::chrono::steady_clock;

/// The thread. What callers hand in waits under the mutex; processes belong to the thread.
class ProcessHost::Engine {
 public:
  explicit Engine(Loop& loop) : loop_(loop), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~Engine() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
    close(wake_);
  }

  Id begin(ProcessSpec spec, Done done) {
    const Id id = ++last_;
    give([&] { asked_.push_back({id, std::move(spec), std::move(done)}); });
    return id;
  }
  void order(Id id, char what) {
    give([&] { orders_.push_back({id, what}); });
  }

 private:
  struct Asked {
    Id id = 0;
    ProcessSpec spec;
    Done done;
  };
  struct Order {
    Id id = 0;
    char what = 0;
  };
  struct Running {
    std::unique_ptr<Process> process;
    Done done;
    std::function<void()> on_output;
    std::optional<steady_clock::time_point> kill_at;
  };

  template <typename Put>
  void give(Put put) {
    {
      const std::scoped_lock lock(mutex_);
      put();
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    wake();
  }
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  }

  void run() {
    while (take_orders()) {
      wait_and_read();
      kill_overdue();
      report_ended();
    }
    running_.clear();
  }

  bool take_orders() {
    std::vector<Asked> asked;
    std::vector<Order> orders;
    {
      const std::scoped_lock lock(mutex_);
      if (ending_) return false;
      asked.swap(asked_);
      orders.swap(orders_);
    }
    for (Asked& one : asked) {
      auto process = Process::begin(one.spec);
      if (!process) {
        answer(std::move(one.done), std::unexpected(process.error()));
        continue;
      }
      running_.emplace(one.id, Running{std::move(*process), std::move(one.done),
                                       std::move(one.spec.on_output), std::nullopt});
    }
    for (const Order& order : orders) {
      const auto found = running_.find(order.id);
      if (found == running_.end()) continue;
      found->second.process->tell(order.what);
      if (order.what == kStop && !found->second.kill_at) {
        found->second.kill_at = steady_clock::now() + limits::kCancelGrace;
      }
    }
    return true;
  }

  void wait_and_read() {
    std::vector<pollfd> watched{{wake_, POLLIN, 0}};
    std::vector<const Running*> owners{nullptr};
    for (const auto& [id, running] : running_) {
      const Process& process = *running.process;
      for (const int fd : {process.output_fd(), process.error_fd(), process.report_fd()}) {
        if (fd < 0) continue;
        watched.push_back({fd, POLLIN, 0});
        owners.push_back(&running);
      }
    }
    poll(watched.data(), watched.size(), wait_ms());
    if (watched[0].revents != 0) {
      std::uint64_t drained = 0;
      [[maybe_unused]] const ssize_t got = read(wake_, &drained, sizeof drained);
    }
    for (std::size_t i = 1; i < watched.size(); ++i) {
      if (watched[i].revents == 0) continue;
      const bool has_said = owners[i]->process->read_from(watched[i].fd);
      if (has_said && owners[i]->on_output) owners[i]->on_output();
    }
  }

  /// Until the next process is to be killed; -1 if none is.
  int wait_ms() const {
    std::optional<steady_clock::time_point> next;
    for (const auto& [id, running] : running_) {
      if (running.kill_at && (!next || *running.kill_at < *next)) next = running.kill_at;
    }
    if (!next) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - steady_clock::now());
    return std::max(0, static_cast<int>(left.count()));
  }

  void kill_overdue() {
    const auto now = steady_clock::now();
    for (auto& [id, running] : running_) {
      if (!running.kill_at || *running.kill_at > now) continue;
      running.process->tell(kKill);
      running.kill_at = steady_clock::time_point::max();
    }
  }

  void report_ended() {
    for (auto next = running_.begin(); next != running_.end();) {
      const auto here = next++;
      if (!here->second.process->is_over()) continue;
      answer(std::move(here->second.done), here->second.process->end());
      running_.erase(here);
    }
  }

  void answer(Done done, Result<ProcessEnd> result) {
    loop_.post([done = std::move(done), result = std::move(result), alive = std::weak_ptr(alive_)]() mutable {
      if (!alive.expired()) done(std::move(result));
    });
  }

  Loop& loop_;
  const int wake_;
  Id last_ = 0;
  std::shared_ptr<char> alive_ =
      std::make_shared<char>();  // callbacks on their way look whether the host is gone
  std::map<Id, Running> running_;
  std::mutex mutex_;
  std::vector<Asked> asked_;
  std::vector<Order> orders_;
  bool ending_ = false;
  std::thread thread_;
};

ProcessHost::ProcessHost(Loop& loop) : engine_(std::make_unique<Engine>(loop)) {}
ProcessHost::~ProcessHost() = default;

ProcessHost::Id ProcessHost::begin(ProcessSpec spec, Done done) {
  return engine_->begin(std::move(spec), std::move(done));
}
void ProcessHost::stop(Id id) { engine_->order(id, kStop); }
void ProcessHost::kill(Id id) { engine_->order(id, kKill); }

}  // namespace callboard::sandbox
