#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/limits.hpp"
#include "worker/sandbox/captured_output.hpp"
#include "worker/sandbox/keeper.hpp"

namespace callboard::sandbox {

/// What a process may use; no core file is ever written.
struct ProcessLimits {
  std::uint64_t open_files = 4'096;
  std::uint64_t processes = 8'192;                     // of the user as a whole, as the kernel counts them
  std::uint64_t file_bytes = std::uint64_t{16} << 30;  // of one file that it writes
  std::optional<std::uint64_t> address_space_bytes;    // many runtimes reserve far more than they use
};

struct ProcessSpec {
  std::vector<std::string> argv;         // argv[0] is a path
  std::vector<std::string> environment;  // NAME=value, and nothing else
  std::string folder;                    // where it begins
  std::string input;
  ProcessLimits limits;
  std::size_t output_bytes = limits::kOutputBytes;  // kept of each stream
  std::function<void()> on_output = {};             // at each reading of either, on the host's thread
};

struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  // that ended it; 0: it exited
  std::string output;
  std::string error;
  bool is_truncated = false;
};

/// A running step's process, its keeper and the pipes. Everything of it is dead when the keeper's report
/// ends. One owner.
class Process {
 public:
  /// `unavailable` where the system is out of processes or descriptors.
  static Result<std::unique_ptr<Process>> begin(const ProcessSpec& spec);
  /// The worker's ends close: the keeper kills what is left, by itself.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Non-blocking descriptors to wait for; -1 once at their end.
  int output_fd() const { return output_; }
  int error_fd() const { return error_; }
  int report_fd() const { return report_; }
  /// Reads what is there from one of them. True: it was output.
  bool read_from(int fd);
  bool is_over() const { return output_ < 0 && error_ < 0 && report_ < 0; }

  void tell(char order);
  /// Once over; collects the keeper. `invalid` if the program could not be run.
  Result<ProcessEnd> end();

 private:
  Process() = default;
  void read_report();
  /// True: there was some.
  bool read_output(int& fd, CapturedOutput& into);

  pid_t keeper_ = -1;
  int output_ = -1;
  int error_ = -1;
  int report_ = -1;
  int control_ = -1;
  CapturedOutput out_{limits::kOutputBytes};
  CapturedOutput err_{limits::kOutputBytes};
  pid_t step_ = -1;
  std::optional<int> status_;
  int failure_ = 0;  // errno
};

}  // namespace callboard::sandbox
