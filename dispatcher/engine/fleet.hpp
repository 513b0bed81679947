#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/base/ports.hpp"
#include "topics/job.hpp"

namespace callboard::dispatcher {

/// The workers as they say themselves, every second. For windows and for people; never for who is dead. On
/// the loop.
class Fleet {
 public:
  explicit Fleet(Clock& clock) : clock_(clock), since_(clock.steady()) {}

  void hear(topics::Presence presence);
  /// Forgets those that have been silent for a lease.
  void expire();
  /// Slots of a pool's workers that take jobs; 0 if no worker is known.
  std::uint32_t slots(std::string_view pool) const;
  /// It has listened for so long that a worker it does not know is none.
  bool has_listened() const;
  std::vector<topics::Presence> workers() const;
  /// The worker, heard of just now, does not name the attempt ("<run>/<result key>") among those that it
  /// executes. Only of use where it is harmless that a message was overtaken.
  bool has_dropped(const Incarnation& worker, const std::string& attempt) const;

 private:
  struct Seen {
    topics::Presence presence;
    Steady at{};
  };

  Clock& clock_;
  Steady since_;
  std::unordered_map<Incarnation, Seen> workers_;
};

}  // namespace callboard::dispatcher
