#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "shared/base/hash.hpp"
#include "shared/base/ports.hpp"

/// Simulated time: one thread, one queue, nothing that waits. Tests run it by hand.
namespace callboard::test {

/// Equal seeds give equal numbers.
class SimRandom final : public Random {
 public:
  explicit SimRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() override { return mix_bits(state_ += 0x9e3779b97f4a7c15); }
  /// Evenly among 0 … count-1; 0 for a count of 0.
  std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : next() % count; }
  /// True `percent` times of a hundred.
  bool chance(std::uint64_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

class SimLoop;

/// The time that all loops of one simulation share, and what is to run when. Tasks of one time run in the
/// order in which they were handed in. Time passes only in here, in one jump to the next task.
class SimTime {
 public:
  Steady now() const { return now_; }
  /// Called behind every task.
  void on_step(std::function<void()> step) { step_ = std::move(step); }

  /// Runs the next task there is; false if there is none.
  inline bool run_one();
  /// Runs everything that is due within `duration`, then stands at its end.
  inline void run_for(Micros duration);
  /// Runs until `holds()`; false if it does not hold after `at_most`.
  template <typename Condition>
  bool run_until(Condition holds, Micros at_most);

 private:
  friend class SimLoop;
  using Place = std::pair<Steady, std::uint64_t>;
  struct Entry {
    SimLoop* loop = nullptr;
    Task task;
    std::uint64_t timer = 0;  // as its loop names it
  };

  Place add(Entry entry, Micros delay) {
    const Place place{now_ + delay, ++serial_};
    queue_.emplace(place, std::move(entry));
    return place;
  }

  Steady now_{std::chrono::hours(1)};
  std::uint64_t serial_ = 0;
  std::map<Place, Entry> queue_;
  std::function<void()> step_;
};

/// The loop of one simulated process. It can be frozen (its tasks wait) and ends with everything that it was
/// to run.
class SimLoop final : public Loop {
 public:
  explicit SimLoop(SimTime& time) : time_(time) {}
  ~SimLoop() override {
    std::erase_if(time_.queue_, [&](const auto& entry) { return entry.second.loop == this; });
  }
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  void post(Task task) override { time_.add({this, std::move(task)}, Micros(0)); }
  TimerId after(Micros delay, Task task) override {
    const TimerId timer = ++last_timer_;
    timers_[timer] = time_.add({this, std::move(task), timer}, delay < Micros(0) ? Micros(0) : delay);
    return timer;
  }
  void cancel(TimerId timer) override {
    const auto found = timers_.find(timer);
    if (found == timers_.end()) return;
    time_.queue_.erase(found->second);
    timers_.erase(found);
  }

  /// While frozen, nothing of this loop runs; what came due runs in its order once thawed.
  void freeze() { frozen_ = true; }
  void thaw() {
    frozen_ = false;
    for (auto& entry : std::exchange(held_, {})) {
      const TimerId timer = entry.timer;
      const auto place = time_.add(std::move(entry), Micros(0));
      if (timer != 0) timers_[timer] = place;
    }
  }
  bool is_frozen() const { return frozen_; }

 private:
  friend class SimTime;
  void run(SimTime::Entry entry) {
    if (frozen_) {
      held_.push_back(std::move(entry));
      return;
    }
    timers_.erase(entry.timer);
    entry.task();
  }

  SimTime& time_;
  bool frozen_ = false;
  TimerId last_timer_ = 0;
  std::vector<SimTime::Entry> held_;
  std::map<TimerId, SimTime::Place> timers_;
};

/// The clock of one simulated process: its wall clock may be wrong, its steady clock is the simulation's.
class SimClock final : public Clock {
 public:
  explicit SimClock(const SimTime& time) : time_(time) {}

  Time now() const override { return kBegin + time_.now().time_since_epoch() + offset_; }
  Steady steady() const override { return time_.now(); }
  void jump(Micros by) { offset_ += by; }
  /// What a process does with each answer of the database.
  void measure(Time database_now) { offset_ = database_now - kBegin - time_.now().time_since_epoch(); }

 private:
  static constexpr Time kBegin{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch()};

  const SimTime& time_;
  Micros offset_{0};
};

inline bool SimTime::run_one() {
  if (queue_.empty()) return false;
  auto node = queue_.extract(queue_.begin());
  if (node.key().first > now_) now_ = node.key().first;
  SimLoop& loop = *node.mapped().loop;
  loop.run(std::move(node.mapped()));
  if (step_) step_();
  return true;
}

inline void SimTime::run_for(Micros duration) {
  const Steady end = now_ + duration;
  while (!queue_.empty() && queue_.begin()->first.first <= end) run_one();
  now_ = end;
}

template <typename Condition>
bool SimTime::run_until(Condition holds, Micros at_most) {
  const Steady end = now_ + at_most;
  while (!holds()) {
    if (queue_.empty() || queue_.begin()->first.first > end) {
      now_ = end;
      return holds();
    }
    run_one();
  }
  return true;
}

}  // namespace callboard::test
