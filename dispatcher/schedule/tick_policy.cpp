#include "dispatcher/schedule/tick_policy.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/ticks.hpp"

namespace callboard::dispatcher {
namespace {

using log::Tick;
using log::TickOutcome;
using workflow::Overlap;

constexpr std::size_t kTicksADecision = 100;
// A run's end is not told to whoever waits for it here: it is looked for.
constexpr Micros kWaitingLook = std::chrono::seconds(1);

class Decider {
 public:
  Decider(const TickRules& rules, const log::ScheduleState& state, Time now)
      : rules_(rules), trigger_(rules.trigger), now_(now) {
    out_.considered = state.considered;
    for (const Tick& tick : state.open) {
      if (tick.outcome == TickOutcome::waiting) {
        waiting_.push_back(tick.at);
      } else {
        ++running_;
        if (tick.run) open_run_ = to_string(*tick.run);
      }
    }
  }

  TickDecision decide() {
    release();
    make_good();
    go_on();
    const auto next = trigger_.times.next_after(out_.considered);
    if (next) out_.look_again = workflow::fire_time(trigger_, rules_.workflow, *next);
    if (!waiting_.empty()) out_.look_again = std::min(out_.look_again, now_ + kWaitingLook);
    return std::move(out_);
  }

 private:
  bool is_free() const { return trigger_.overlap == Overlap::allow || running_ == 0; }

  void start(Time at, bool caught_up) {
    ++running_;
    put({.at = at, .outcome = TickOutcome::starting, .caught_up = caught_up});
  }

  void skip(Time at, std::string why, int count = 1) {
    put({.at = at, .outcome = TickOutcome::skipped, .count = count, .detail = std::move(why)});
  }

  void put(Tick tick) {
    tick.definition = rules_.definition;
    out_.ticks.push_back(std::move(tick));
  }

  /// Ticks that waited, in their order.
  void release() {
    if (!rules_.paused.empty()) return;
    for (std::size_t count = 0; count < kTicksADecision && !waiting_.empty() && is_free(); ++count) {
      start(waiting_.front(), false);
      waiting_.pop_front();
    }
  }

  /// One that is due, or is made good.
  void take(Time at, bool caught_up) {
    if (!rules_.paused.empty()) return skip(at, rules_.paused);
    if (is_free() && waiting_.empty()) return start(at, caught_up);
    if (trigger_.overlap != Overlap::queue)
      return skip(at, "overlap: skip, and " +
                          (open_run_.empty() ? "the run of a tick before" : "run " + open_run_) + " is open");
    if (waiting_.size() >= limits::kTicksQueued)
      return skip(at, "overlap: queue, and " + std::to_string(waiting_.size()) + " ticks wait already");
    waiting_.push_back(at);
    put({.at = at, .outcome = TickOutcome::waiting, .caught_up = caught_up});
  }

  std::string why_left() const {
    return rules_.paused.empty() ? workflow::why_not_made_good(trigger_.catchup) : rules_.paused;
  }

  /// One row for all that are not made good.
  void leave(Time until) {
    const auto last = trigger_.times.last_until(until, out_.considered);
    if (!last) return;
    constexpr auto kMost = static_cast<std::size_t>(limits::kTicksCounted);
    const std::size_t count = trigger_.times.between(out_.considered, *last, kMost).size();
    skip(*last, why_left() + (count == kMost ? "; there are more than were counted" : ""),
         static_cast<int>(count));
  }

  void make_good() {
    const auto last = trigger_.times.last_until(workflow::missed_until(trigger_, now_), out_.considered);
    if (!last) return;
    std::vector<Time> good;
    if (rules_.paused.empty()) good = workflow::made_good(trigger_, out_.considered, now_);
    leave(good.empty() ? *last : good.front() - Micros(1));
    for (const Time at : good) take(at, true);
    out_.considered = *last;
  }

  void go_on() {
    for (std::size_t count = 0; count < kTicksADecision; ++count) {
      const auto next = trigger_.times.next_after(out_.considered);
      if (!next || workflow::fire_time(trigger_, rules_.workflow, *next) > now_) return;
      take(*next, false);
      out_.considered = *next;
    }
  }

  const TickRules& rules_;
  const workflow::ScheduleTrigger& trigger_;
  Time now_;
  TickDecision out_;
  std::deque<Time> waiting_;
  int running_ = 0;
  std::string open_run_;
};

}  // namespace

const log::Pause* find_pause_of_ticks(const std::vector<log::Pause>& standing, std::string_view workflow) {
  const auto found = std::ranges::find_if(standing, [&](const log::Pause& pause) {
    return pause.scope == "all" || (pause.scope == "workflow" && pause.name == workflow) ||
           (pause.scope == "source" && pause.name == workflow::kSchedule);
  });
  return found == standing.end() ? nullptr : &*found;
}

TickDecision decide_ticks(const TickRules& rules, const log::ScheduleState& state, Time now) {
  return Decider(rules, state, now).decide();
}

}  // namespace callboard::dispatcher
