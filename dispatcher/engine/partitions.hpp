#pragma once

#include <functional>
#include <vector>

#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"

namespace callboard::dispatcher {

/// The partitions that this process leases: a fair share of them, all of a dead dispatcher's at once, none
/// beyond its own deadline. That one is counted on the steady clock from the sending of the renewal, hence
/// ends before the database would give the partition to another. On the loop.
class Partitions {
 public:
  struct Hooks {
    std::function<void(Partition)> taken;
    std::function<void(Partition)> lost;  // its runs are to be dropped at once
    std::function<void(Time database_now, Steady sent)> on_database_time;
    std::function<void(std::vector<log::Pause>)>
        pauses;  // that stand, with every beat: before anything is taken
  };

  Partitions(Clock& clock, Random& random, log::Ownership& ownership, log::Ownership::Member self,
             Partition count, Hooks hooks);

  /// Renews the lease, then gives or seeks what is missing to a fair share. One question at a time.
  void beat();
  /// The same, at once if no question is open. `heard` is called with the answer of a beat that is sent from
  /// now on, be it an error, or when this stops.
  void beat(Task heard);
  /// Lets go of everything if the own deadline is over.
  void check_deadline();
  /// Drops all partitions and frees them for others.
  void stop(Task stopped);

  /// The lease is certainly this process's now: ask before every publish and append.
  bool owns(Partition partition) const { return acts() && held_[partition]; }
  bool acts() const { return !stopping_ && clock_.steady() < deadline_; }
  std::vector<Partition> held() const;
  std::size_t size() const { return size_; }
  std::size_t dispatchers() const { return dispatchers_; }

 private:
  void heard(log::Ownership::Beat beat, Steady sent);
  void gain(Partition partition);
  void lose(Partition partition);
  void lose_all();
  void balance();
  void give_surplus();
  void seek(std::size_t left);
  void rest();
  std::size_t fair_share() const { return (held_.size() + dispatchers_ - 1) / dispatchers_; }

  Clock& clock_;
  log::Ownership& ownership_;
  log::Ownership::Member self_;
  Hooks hooks_;
  std::vector<bool> held_;
  std::size_t size_ = 0;
  std::size_t dispatchers_ = 1;
  std::size_t
      cursor_;  // where the next search begins: two dispatchers that start together seek different ones
  Steady deadline_{};
  bool asking_ = false;  // a question to the database is open
  bool stopping_ = false;
  Task stopped_;
  std::vector<Task> listeners_;  // of the next beat
};

}  // namespace callboard::dispatcher
