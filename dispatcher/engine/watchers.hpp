#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/engine/open_run.hpp"

namespace callboard::dispatcher {

/// Who waits for a run's end, and who follows its events. On the loop; callbacks run in no caller's stack but
/// the fold's.
class Watchers {
 public:
  explicit Watchers(Loop& loop, Clock& clock) : loop_(loop), clock_(clock) {}

  void wait(const RunId& run, Micros timeout, Engine::Closed done);
  /// In a later turn: the run is not in memory here.
  void refuse(Engine::Closed done);
  std::uint64_t follow(const RunId& run, Engine::OnEvent on_event);
  void unfollow(std::uint64_t follower);

  void saw(const run::Event& event);
  void closed(const OpenRun& run);
  /// The run is not ours any more.
  void lost(const RunId& run);
  void expire();

 private:
  using Deadlines = std::multimap<Steady, std::uint64_t>;
  struct Waiter {
    Engine::Closed done;
    Deadlines::iterator deadline;
    RunId run;
  };
  struct Follower {
    RunId run;
    Engine::OnEvent on_event;
  };

  void answer(const RunId& run, bool closed, const OpenRun* state);

  Loop& loop_;
  Clock& clock_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Waiter> waiters_;
  std::unordered_multimap<RunId, std::uint64_t> waiters_of_;
  Deadlines deadlines_;
  std::map<std::uint64_t, Follower> followers_;
};

}  // namespace callboard::dispatcher
