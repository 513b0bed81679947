#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "dispatcher/engine/runs.hpp"

namespace callboard::dispatcher {

/// Keeps the head rows of runs that wait or are paused: lazily, so that a short run costs no write but its
/// first and its last. On the loop.
class Shown {
 public:
  /// `shown` is called for each run that has stayed as it is for a second; the run may be dropped by it.
  Shown(const Engine::Ports& ports, Runs& runs, std::function<void(OpenRun&)> shown)
      : ports_(ports), runs_(runs), shown_(std::move(shown)) {}

  void changed(OpenRun& run);
  /// It leaves memory as it stands.
  void note(OpenRun& run);
  /// Writes what has stayed as it is for a second.
  void write();

 private:
  const Engine::Ports& ports_;
  Runs& runs_;
  std::function<void(OpenRun&)> shown_;
  std::deque<std::pair<Steady, std::pair<RunId, std::uint64_t>>> watched_;
  std::deque<log::Ownership::Shown> rows_;  // to be written
};

}  // namespace callboard::dispatcher
