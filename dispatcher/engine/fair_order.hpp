#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace callboard::dispatcher {

/// Jobs of one pool that wait, in fair order: parties (a repository, a workflow) take turn about, however
/// many jobs each has, and within a party the higher priority goes first, then runs turn about, then age. One
/// party's job is behind at most one job of each other party that waits. On the loop.
class FairOrder {
 public:
  struct Place {
    std::string party;
    std::int32_t order = 0;  // its priority, negated
    std::uint64_t rank = 0;  // its run's turn among those of the party
    std::uint64_t serial = 0;
  };

  void add(const Place& place);
  void remove(const Place& place);
  /// The first that `may_go`, which is then no more in the order; nothing: none may. Jobs that may not are
  /// passed over and keep their places.
  std::optional<std::uint64_t> take(const std::function<bool(std::uint64_t serial)>& may_go);
  /// Of the turn of runs that is on in the party.
  std::uint64_t rank(const std::string& party) const;
  std::size_t size() const { return size_; }

 private:
  struct Party {
    std::map<std::tuple<std::int32_t, std::uint64_t, std::uint64_t>, std::uint64_t> jobs;
    std::uint64_t turn = 0;  // its next
    std::uint64_t rank = 0;
  };
  using Queue = std::set<std::pair<std::uint64_t, std::string>>;  // parties with jobs, by their next turns

  std::map<std::string, Party> parties_;
  Queue queue_;
  std::uint64_t turn_ = 0;  // that was taken last
  std::size_t size_ = 0;
};

}  // namespace callboard::dispatcher
