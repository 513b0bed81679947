#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "deploy/embedded/identity.hpp"
#include "shared/base/error.hpp"
#include "shared/base/time.hpp"

namespace callboard::embedded {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// What to start, and how to end it.
struct ProcessSpec {
  std::string name;                  // "postgres", "worker-1"
  std::vector<std::string> command;  // the program's path, then its arguments
  Environment environment;           // all of it
  std::filesystem::path log;         // standard output and error are appended
  Identity identity{};
  int stop_signal = SIGTERM;               // asks it to end
  Micros grace{std::chrono::seconds(10)};  // after which it is killed
  Micros second_grace{0};       // with one, it is asked a second time before that, which ends it at once
  int orphan_signal = SIGKILL;  // sent by the kernel if this process dies; 0: it lives on
};

/// A child process in a session of its own, so that a terminal's Ctrl-C does not reach it. Reaped by its
/// owner.
///
/// The kernel sends `orphan_signal` when the *thread* that started it ends: start children only from one that
/// outlives them.
class Process {
 public:
  static Result<Process> start(const ProcessSpec& spec);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  /// Kills it if it still runs.
  ~Process();

  const ProcessSpec& spec() const { return spec_; }
  pid_t pid() const { return pid_; }
  /// Readable once it has ended: for poll().
  int end_fd() const { return pidfd_; }
  /// How it ended ("ended with status 1", "was killed by signal 9"), once it has; at most `wait` later.
  std::optional<std::string> wait_end(Micros wait);
  /// Sends it the signal that ends it, and returns at once.
  void ask_to_end() const;
  /// It lives on when this object ends; nobody here waits for it any more.
  void let_go();
  /// Asks it to end, kills it after its grace, and waits until it is gone.
  void stop();

 private:
  Process(ProcessSpec spec, pid_t pid, int pidfd);
  void forget();

  ProcessSpec spec_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<std::string> ended_;
};

/// Ends these side by side, each as stop() does, and returns once all are gone. Where `hurry` says so (asked
/// about every 50 ms), those with a second grace are asked the second time at once.
void stop_together(std::span<Process* const> processes, const std::function<bool()>& hurry);

/// A process of any parent, told from a later one with the same number by its start.
struct ProcessMark {
  pid_t pid = 0;
  std::uint64_t started = 0;  // clock ticks since boot, of /proc/PID/stat; 0: not known
};
ProcessMark mark_process(pid_t pid);
bool is_alive(const ProcessMark& mark);
/// Sends `signal`, waits at most `grace`, then kills. True if it is gone.
bool end_process(const ProcessMark& mark, int signal, Micros grace);

/// Runs a command to its end; its output goes to `spec.log`. `internal` with the log's last lines if it
/// fails.
Result<void> run_to_end(const ProcessSpec& spec, Micros most);
/// The last lines of a log, printable.
std::string last_lines(const std::filesystem::path& log, std::size_t count);

}  // namespace callboard::embedded
