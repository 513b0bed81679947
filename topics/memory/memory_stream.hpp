#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "shared/base/time.hpp"

namespace callboard::topics {

/// A work queue as the broker keeps it: jobs by sequence number, each waiting or with somebody until a
/// deadline. Plain data without a clock or a loop; a copy of it is a backup.
class MemoryStream {
 public:
  struct Job {
    std::string pool;
    std::string id;
    std::string bytes;
    Time published_at{};
    std::uint32_t deliveries = 0;
    /// Waiting: absent. With somebody, or handed back with a delay: when it waits again.
    std::optional<Steady> away_until;
  };

  /// `number` tells this stream from one made anew; not 0.
  explicit MemoryStream(std::uint64_t number) : number_(number) {}

  std::uint64_t number() const { return number_; }
  std::size_t size() const { return jobs_.size(); }

  std::uint64_t add(Job job);
  bool holds(std::uint64_t sequence, std::string_view id) const;

  /// The waiting job of the pool that stands first, now with somebody until `until`.
  std::optional<std::uint64_t> take(const std::string& pool, Steady until);
  const Job& job(std::uint64_t sequence) const { return jobs_.at(sequence); }

  // As with the real broker these name a place, not a delivery: whoever held the job before may still say
  // them.
  void acknowledge(std::uint64_t sequence);
  /// It waits again at `at`: a renewal or a delay. Nothing if it is waiting already.
  void keep_away(std::uint64_t sequence, Steady until);

  std::optional<Steady> next_due() const;
  /// Jobs whose time has come wait again.
  void wake(Steady now);

  /// Every job is gone; numbers go on.
  void purge();

 private:
  std::uint64_t number_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Job> jobs_;
  std::map<std::string, std::set<std::uint64_t>, std::less<>> waiting_;
  std::set<std::pair<Steady, std::uint64_t>> due_;
};

}  // namespace callboard::topics
