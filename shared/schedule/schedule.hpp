#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/schedule/cron.hpp"
#include "shared/schedule/zone.hpp"

namespace callboard::schedule {

/// When a cron expression fires in a time zone; README.md says what the changes of a zone's clocks mean for
/// it. A value; thread-safe.
class Schedule {
 public:
  Schedule(std::string cron_text, Cron cron, Zone zone);

  /// The expression as it was written, with single spaces.
  const std::string& cron() const { return text_; }
  const std::string& timezone() const { return zone_.name(); }
  /// Tells it from others, for ever: expression and zone. What is stored of a schedule stands under it.
  std::string id() const { return text_ + " " + zone_.name(); }

  /// The first time strictly after `after`, a whole second; nothing within 60 years.
  std::optional<Time> next_after(Time after) const;
  /// The last time at or before `at` that is after `after`.
  std::optional<Time> last_until(Time at, Time after) const;
  /// Those after `after` and not after `until`, at most `most` of them.
  std::vector<Time> between(Time after, Time until, std::size_t most) const;
  /// RFC 3339 with the zone's offset at that time: 2026-03-29T03:00:00+02:00.
  std::string format(Time at) const;

 private:
  struct Stretch;
  std::optional<Instant> find_in(const Stretch& stretch, Instant from) const;

  std::string text_;
  Cron cron_;
  Zone zone_;
};

}  // namespace callboard::schedule
