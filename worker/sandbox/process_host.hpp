#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "shared/base/error.hpp"
#include "shared/base/ports.hpp"
#include "worker/sandbox/process.hpp"

namespace callboard::sandbox {

/// Runs processes and reads what they say all the time, on a thread of its own that begins with the first
/// one. When a process is reported as ended, everything that it left behind is dead too.
class ProcessHost {
 public:
  using Id = std::uint64_t;
  /// `invalid` if the program can't be run, `unavailable` where the system is out of processes.
  using Done = std::move_only_function<void(Result<ProcessEnd>)>;

  explicit ProcessHost(Loop& loop);
  /// What runs is killed; no callback comes any more.
  ~ProcessHost();
  ProcessHost(const ProcessHost&) = delete;
  ProcessHost& operator=(const ProcessHost&) = delete;

  /// `done` is called once, on the loop, in a later turn.
  Id begin(ProcessSpec spec, Done done);
  /// SIGTERM to the process group, SIGKILL to all that is left after limits::kCancelGrace. Harmless once
  /// done.
  void stop(Id id);
  /// SIGKILL to everything, now.
  void kill(Id id);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace callboard::sandbox
