#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "deploy/embedded/process.hpp"
#include "deploy/embedded/state.hpp"
#include "shared/base/ports.hpp"

namespace callboard::embedded {

/// Keeps children running: one that ends is started again, after a pause that doubles from 0.1 to 10 s while
/// it does not live for 30 s. Calls may come from any thread; the children belong to one thread inside, from
/// which they are started, because the kernel ends a child with the thread that started it.
class Supervisor {
 public:
  /// Told on the inner thread: what ended and was started again, and that processes() is another list by now.
  using Report = std::function<void(std::string_view)>;
  using Changed = std::function<void(const std::vector<NamedProcess>&)>;
  Supervisor(Report report, Changed changed);
  /// Kills what still runs. For an orderly end, stop() everything before.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  Result<void> start(ProcessSpec spec);
  /// Returns once `ready` says so; asked about every 5 ms on the caller's thread. `internal` with the last
  /// lines of its log if the child ends before, `timeout` after `most`, `cancelled` once `give_up` says so.
  Result<void> wait_ready(const std::string& name, const std::function<bool()>& ready, Micros most,
                          const std::function<bool()>& give_up);
  /// Ends these together and waits until all are gone; they are not started again. `hurry`: as for
  /// stop_together(), on the inner thread.
  void stop(const std::vector<std::string>& names, const std::function<bool()>& hurry);
  std::vector<NamedProcess> processes();

 private:
  struct Child {
    ProcessSpec spec;
    std::optional<Process> process;
    std::chrono::steady_clock::time_point started;
    std::chrono::steady_clock::time_point restart_at;
    Micros pause{0};
    std::string last_end;  // empty: has not ended yet
  };

  void serve();
  /// Runs `task` on the inner thread and waits for it.
  void run_inside(const std::function<void()>& task);
  void look_after_children();
  void note_end(Child& child, const std::string& how);
  void start_again(Child& child);
  void wait_for_something();
  Child* find_child(const std::string& name);
  std::vector<NamedProcess> list() const;

  Report report_;
  Changed changed_;
  std::vector<Child> children_;  // the inner thread's
  std::mutex mutex_;
  std::vector<Task> tasks_;
  bool ending_ = false;
  int wake_;  // eventfd
  std::jthread thread_;
};

}  // namespace callboard::embedded
