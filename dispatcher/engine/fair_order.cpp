#include "dispatcher/engine/fair_order.hpp"

#include <algorithm>

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kIdleParties = 10'000;  // remembered, so that the turns of their runs go on

}  // namespace

/// A party that had nothing to do has saved up no turns: it comes behind one job of each that waits.
void FairOrder::add(const Place& place) {
  Party& party = parties_[place.party];
  if (party.jobs.empty()) {
    party.turn = turn_ + 1;
    queue_.emplace(party.turn, place.party);
  }
  party.jobs.emplace(std::tuple(place.order, place.rank, place.serial), place.serial);
  ++size_;
}

void FairOrder::remove(const Place& place) {
  const auto entry = parties_.find(place.party);
  if (entry == parties_.end() || entry->second.jobs.empty()) return;
  Party& party = entry->second;
  size_ -= party.jobs.erase({place.order, place.rank, place.serial});
  if (!party.jobs.empty()) return;
  queue_.erase({party.turn, place.party});
  if (parties_.size() > kIdleParties) parties_.erase(entry);
}

std::optional<std::uint64_t> FairOrder::take(const std::function<bool(std::uint64_t serial)>& may_go) {
  for (auto next = queue_.begin(); next != queue_.end(); ++next) {
    const auto entry = parties_.find(next->second);
    Party& party = entry->second;
    const auto job = std::ranges::find_if(party.jobs, [&](const auto& of) { return may_go(of.second); });
    if (job == party.jobs.end()) continue;
    const std::uint64_t serial = job->second;
    party.rank = std::max(party.rank, std::get<1>(job->first) - 1);
    turn_ = std::max(turn_, party.turn);
    queue_.erase(next);
    party.jobs.erase(job);
    --size_;
    party.turn = turn_ + 1;
    if (!party.jobs.empty()) {
      queue_.emplace(party.turn, entry->first);
    } else if (parties_.size() > kIdleParties) {
      parties_.erase(entry);
    }
    return serial;
  }
  return std::nullopt;
}

std::uint64_t FairOrder::rank(const std::string& party) const {
  const auto entry = parties_.find(party);
  return entry == parties_.end() ? 0 : entry->second.rank;
}

}  // namespace callboard::dispatcher
