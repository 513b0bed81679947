#include "dispatcher/engine/watchers.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace callboard::dispatcher {

void Watchers::wait(const RunId& run, Micros timeout, Engine::Closed done) {
  const std::uint64_t id = ++last_;
  const auto deadline = deadlines_.emplace(clock_.steady() + std::min(timeout, limits::kWaitMost), id);
  waiters_.emplace(id, Waiter{std::move(done), deadline, run});
  waiters_of_.emplace(run, id);
}

void Watchers::refuse(Engine::Closed done) {
  loop_.post([done = std::move(done)]() mutable { done(false, nullptr, nullptr); });
}

std::uint64_t Watchers::follow(const RunId& run, Engine::OnEvent on_event) {
  followers_.emplace(++last_, Follower{run, std::move(on_event)});
  return last_;
}

void Watchers::unfollow(std::uint64_t follower) { followers_.erase(follower); }

void Watchers::saw(const run::Event& event) {
  if (followers_.empty()) return;
  std::vector<Engine::OnEvent> interested;  // copies: a follower may end itself
  for (const auto& [id, follower] : followers_) {
    if (follower.run == event.run) interested.push_back(follower.on_event);
  }
  for (const auto& tell : interested) tell(event);
}

void Watchers::closed(const OpenRun& run) { answer(run.state.id, true, &run); }

void Watchers::lost(const RunId& run) { answer(run, false, nullptr); }

void Watchers::answer(const RunId& run, bool closed, const OpenRun* state) {
  std::vector<Engine::Closed> told;
  const auto [first, last] = waiters_of_.equal_range(run);
  for (auto at = first; at != last; ++at) {
    auto node = waiters_.extract(at->second);
    deadlines_.erase(node.mapped().deadline);
    told.push_back(std::move(node.mapped().done));
  }
  waiters_of_.erase(first, last);
  for (auto& done : told) {
    done(closed, state ? state->graph.get() : nullptr, state ? &state->state : nullptr);
  }
}

void Watchers::expire() {
  const Steady now = clock_.steady();
  std::vector<Engine::Closed> told;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    auto node = waiters_.extract(deadlines_.begin()->second);
    deadlines_.erase(deadlines_.begin());
    const auto [first, last] = waiters_of_.equal_range(node.mapped().run);
    waiters_of_.erase(std::find_if(first, last, [&](const auto& of) { return of.second == node.key(); }));
    told.push_back(std::move(node.mapped().done));
  }
  for (auto& done : told) done(false, nullptr, nullptr);
}

}  // namespace callboard::dispatcher
