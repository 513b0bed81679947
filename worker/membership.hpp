#pragma once

#include <functional>

#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"
#include "topics/bus.hpp"
#include "topics/job.hpp"
#include "worker/life.hpp"

namespace callboard::worker {

/// Keeps this worker known: its lease in the log, by which others tell whether it lives, and its presence on
/// the bus, by which dispatchers count slots.
class Membership {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    log::Ownership& ownership;
    topics::Notices& notices;
  };
  struct Hooks {
    std::function<topics::Presence()> describe;
    /// The lease was renewed: the database's time, and when the question was sent.
    std::function<void(Time, Steady)> on_renewed;
    /// No renewal has succeeded for a lease: others may take this worker for dead.
    std::function<void()> on_lapsed;
  };

  Membership(Ports ports, log::Ownership::Member member, Hooks hooks);
  ~Membership();

  void start();
  /// Says where the worker stands, now.
  void announce();
  /// The last presence, and the lease ends at once.
  void leave(Task left);
  /// The lease holds, as far as this process can know; counted from sending the last renewal that succeeded.
  bool holds() const;

 private:
  void renew();
  void tick();

  Ports ports_;
  log::Ownership::Member member_;
  Hooks hooks_;
  Steady renewed_{};
  bool renewing_ = false;
  bool lapsed_ = true;
  bool leaving_ = false;
  Loop::TimerId timer_ = 0;
  Life life_;
};

}  // namespace callboard::worker
