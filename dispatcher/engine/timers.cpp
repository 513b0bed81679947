#include "dispatcher/engine/timers.hpp"

#include <algorithm>

namespace callboard::dispatcher {
namespace {

// The loop runs on the machine's clock, timers stand on the database's: a jump between them is noticed this
// late.
constexpr Micros kLookAgain = std::chrono::seconds(1);

}  // namespace

void Timers::arm(OpenRun& run, run::StepIndex step, Time at) {
  const auto known = std::ranges::find(run.timers, step, [](const auto& timer) { return timer.first; });
  if (known == run.timers.end()) {
    run.timers.emplace_back(step, at);
  } else {
    queue_.erase({known->second, run.serial, step, &run});
    known->second = at;
  }
  queue_.emplace(at, run.serial, step, &run);
  wake_for(at);
}

void Timers::drop(OpenRun& run) {
  for (const auto& [step, at] : run.timers) queue_.erase({at, run.serial, step, &run});
  run.timers.clear();
}

void Timers::stop() {
  loop_.cancel(timer_);
  timer_ = 0;
  armed_for_ = Time::max();
}

void Timers::wake_for(Time at) {
  if (timer_ != 0 && at >= armed_for_) return;
  loop_.cancel(timer_);
  const Micros delay = std::clamp(at - clock_.now(), Micros(0), kLookAgain);
  armed_for_ = clock_.now() + delay;
  timer_ = loop_.after(delay, [this] { fire(); });
}

void Timers::fire() {
  timer_ = 0;
  const Time now = clock_.now();
  while (!queue_.empty() && std::get<Time>(*queue_.begin()) <= now) {
    const auto [at, serial, step, run] = *queue_.begin();
    queue_.erase(queue_.begin());
    std::erase_if(run->timers, [step](const auto& timer) { return timer.first == step; });
    due_(*run, step);
  }
  if (!queue_.empty()) wake_for(std::get<Time>(*queue_.begin()));
}

}  // namespace callboard::dispatcher
