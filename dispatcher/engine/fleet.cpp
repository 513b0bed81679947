#include "dispatcher/engine/fleet.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kRunningNamed = 1'000;  // in one presence, at most
constexpr Micros kJustNow = std::chrono::seconds(2);
constexpr std::size_t kWorkers = 10'000;  // beyond so many a new one is not counted

}  // namespace

void Fleet::hear(topics::Presence presence) {
  if (presence.gone) {
    workers_.erase(presence.worker);
    return;
  }
  const auto known = workers_.find(presence.worker);
  if (known == workers_.end() && workers_.size() >= kWorkers) return;
  Seen& seen = workers_[presence.worker];
  seen = Seen{std::move(presence), clock_.steady()};
}

void Fleet::expire() {
  const Steady now = clock_.steady();
  std::erase_if(workers_, [now](const auto& worker) { return now - worker.second.at > limits::kLease; });
}

std::uint32_t Fleet::slots(std::string_view pool) const {
  std::uint32_t sum = 0;
  for (const auto& [id, seen] : workers_) {
    if (seen.presence.pool == pool && !seen.presence.draining) sum += seen.presence.slots;
  }
  return sum;
}

bool Fleet::has_listened() const { return clock_.steady() - since_ >= limits::kLease; }

bool Fleet::has_dropped(const Incarnation& worker, const std::string& attempt) const {
  const auto seen = workers_.find(worker);
  if (seen == workers_.end() || clock_.steady() - seen->second.at > kJustNow) return false;
  const auto& running = seen->second.presence.running;
  return running.size() < kRunningNamed && std::ranges::find(running, attempt) == running.end();
}

std::vector<topics::Presence> Fleet::workers() const {
  std::vector<topics::Presence> out;
  out.reserve(workers_.size());
  for (const auto& [id, seen] : workers_) out.push_back(seen.presence);
  return out;
}

}  // namespace callboard::dispatcher
