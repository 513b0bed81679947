#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard::schedule {

using Instant = std::chrono::sys_seconds;

/// A time zone of the system's tzdata (/usr/share/zoneinfo, or $TZDIR), read when it is first asked for and
/// kept in the process from then on: a file that goes missing later, or changes, makes no difference before a
/// restart. A value; thread-safe.
class Zone {
 public:
  /// By an IANA name, such as Europe/Paris, Etc/GMT-3 or UTC. `not_found` with a suggestion if the system has
  /// no such zone.
  static Result<Zone> find(std::string_view name);

  const std::string& name() const { return name_; }
  /// What its clocks are ahead of UTC from this instant to the next change.
  std::chrono::seconds offset_at(Instant at) const;

  /// A moment at which its clocks are put on or back.
  struct Change {
    Instant at;
    std::chrono::seconds before;
    std::chrono::seconds after;
  };
  std::optional<Change> next_change(Instant after) const;  // strictly after
  std::optional<Change> last_change(Instant at_or_before) const;

 private:
  struct Data;
  Zone(std::string name, std::shared_ptr<const Data> data) : name_(std::move(name)), data_(std::move(data)) {}

  std::string name_;
  std::shared_ptr<const Data> data_;  // shared: zones are copied with the schedules that name them
};

}  // namespace callboard::schedule
