#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dispatcher/engine/open_run.hpp"
#include "dispatcher/engine/watchers.hpp"

namespace callboard::dispatcher {

/// Open runs that are not in memory, for nothing of them can happen for a while but what the inbox tells:
/// they sleep, wait for signals, or are paused. Of each stays when to read it again. On the loop.
class Parked {
 public:
  /// How long a run must have nothing to do, and how long before its time it is read again.
  static constexpr Micros kAtLeast = std::chrono::seconds(60);
  static constexpr Micros kAhead = std::chrono::seconds(5);

  /// Nothing of it is under way, and its next timer, if it has one, is kAtLeast away.
  static bool may_park(const OpenRun& run, Time now);

  explicit Parked(Watchers& watchers) : watchers_(watchers) {}

  void add(const OpenRun& run);
  /// It is in memory again.
  void erase(const RunId& run);
  /// They are no runs of ours any more: whoever waits for their end is told.
  void drop(const RunId& run);
  void drop_partition(Partition partition);
  void drop_all();

  /// Those whose time comes within kAhead, the first ones first, at most so many. They stay until erased.
  std::vector<RunId> find_due(Time now, std::size_t most) const;
  /// When it is read again: Time::max() if nothing but the inbox names it; nothing if it is not parked.
  std::optional<Time> find(const RunId& run) const;
  std::size_t size() const { return runs_.size(); }
  /// How many of them have a timer.
  std::size_t timers() const { return by_time_.size(); }
  template <typename Visit>
  void each(Visit visit) const {
    for (const auto& [run, place] : runs_) visit(run, place.partition);
  }

 private:
  struct Place {
    Time at{};
    Partition partition = 0;
  };

  Watchers& watchers_;
  std::unordered_map<RunId, Place> runs_;
  std::set<std::pair<Time, RunId>> by_time_;  // those with a timer
};

}  // namespace callboard::dispatcher
