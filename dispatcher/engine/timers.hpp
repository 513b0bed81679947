#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <tuple>

#include "dispatcher/engine/open_run.hpp"
#include "shared/base/ports.hpp"

namespace callboard::dispatcher {

/// The durable timers of the runs in memory, by the database's clock; rebuilt from the fold by whoever takes
/// a run over. A timer that fires early or twice does no harm: decide looks at the time itself. On the loop.
class Timers {
 public:
  using Due = std::function<void(OpenRun& run, run::StepIndex step)>;

  Timers(Loop& loop, Clock& clock, Due due) : loop_(loop), clock_(clock), due_(std::move(due)) {}
  ~Timers() { stop(); }
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// Replaces the step's earlier timer.
  void arm(OpenRun& run, run::StepIndex step, Time at);
  /// Forgets all timers of a run.
  void drop(OpenRun& run);
  std::size_t size() const { return queue_.size(); }
  /// Nothing fires any more.
  void stop();

 private:
  using Entry = std::tuple<Time, std::uint64_t, run::StepIndex, OpenRun*>;

  void wake_for(Time at);
  void fire();

  Loop& loop_;
  Clock& clock_;
  Due due_;
  std::set<Entry> queue_;
  Loop::TimerId timer_ = 0;
  Time armed_for_ = Time::max();
};

}  // namespace callboard::dispatcher
