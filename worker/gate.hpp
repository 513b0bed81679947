#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>

#include "shared/base/ports.hpp"
#include "worker/life.hpp"

namespace callboard::worker {

/// Who may execute in this process at the same time: everybody, or one alone. A job that may be the one that
/// kills workers enters alone: once nothing else is inside, and nothing else enters until it leaves.
class Gate {
 public:
  using Ticket = std::uint64_t;

  explicit Gate(Loop& loop) : loop_(loop) {}

  /// Calls `begin` when the holder of the ticket is inside: at once where it can be, in a later turn
  /// otherwise. First come, first served: behind one that waits to be alone everybody waits.
  void enter(Ticket ticket, bool alone, Task begin);
  /// Inside or still waiting: it isn't any more. Harmless for others.
  void leave(Ticket ticket);
  bool is_waiting(Ticket ticket) const;

 private:
  struct Waiter {
    Ticket ticket = 0;
    bool alone = false;
    Task begin;
  };
  bool admits(bool alone) const { return !alone_ && (!alone || inside_.empty()); }
  void admit(Ticket ticket, bool alone);
  void admit_waiting();

  Loop& loop_;
  std::unordered_set<Ticket> inside_;
  std::optional<Ticket> alone_;
  std::deque<Waiter> waiting_;
  Life life_;
};

}  // namespace callboard::worker
