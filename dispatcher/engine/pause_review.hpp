#pragma once

#include <vector>

#include "dispatcher/engine/loader.hpp"
#include "dispatcher/engine/parked.hpp"
#include "dispatcher/engine/pauses.hpp"
#include "dispatcher/engine/runs.hpp"

namespace callboard::dispatcher {

/// Has every open run (one that is parked is read again) decide about a change of the pauses, a few a turn of
/// the loop and with few rows on their way to the log: ten thousand runs that are paused at once hold up
/// nothing else. Nothing of a run that waits for its turn is published meanwhile (Publisher). On the loop.
class PauseReview {
 public:
  PauseReview(Loop& loop, const Pauses& pauses, Runs& runs, const Parked& parked, Loader& loader)
      : loop_(loop), pauses_(pauses), runs_(runs), parked_(parked), loader_(loader) {}

  /// The pauses have changed.
  void begin();
  void stop();

 private:
  void go_on();

  Loop& loop_;
  const Pauses& pauses_;
  Runs& runs_;
  const Parked& parked_;
  Loader& loader_;
  std::vector<RunId> waiting_;
  Loop::TimerId timer_ = 0;
};

}  // namespace callboard::dispatcher
