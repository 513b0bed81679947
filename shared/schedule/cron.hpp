#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace callboard::schedule {

/// A time as a wall clock shows it, to the second, without saying where the wall is.
using WallTime = std::chrono::local_seconds;

/// What is wrong with a cron expression. `message` is one sentence that names field and column.
struct CronProblem {
  std::size_t column = 1;  // from 1, in bytes
  std::string message;
};

/// The days of months that a cron expression means.
struct CronDays {
  std::uint32_t days = 0;             // bit 1 … 31
  bool last_day = false;              // L
  std::uint8_t weekdays = 0;          // bit 0 (Sunday) … 6
  std::uint8_t last_weekdays = 0;     // friL
  std::array<std::uint8_t, 7> nth{};  // mon#2: of each weekday, bits 1 … 5
  bool day_is_star = true;            // the day of the month begins with * or ?
  bool weekday_is_star = true;        // the day of the week does
};

/// A cron expression: five fields (minute, hour, day of month, month, day of week) or six (second first), or
/// @hourly and its like. What it means on a wall clock, and nothing of time zones (Schedule). A value; pure.
class Cron {
 public:
  /// Refuses one that never fires, such as one for 30 February.
  static std::expected<Cron, CronProblem> parse(std::string_view text);

  /// The first time at or after `from`; nothing if there is none within 60 years.
  std::optional<WallTime> next(WallTime from) const;
  /// Its hour field holds every hour, however that is written: it counts time rather than naming one.
  bool is_every_hour() const { return hours_ == kAllHours; }

 private:
  static constexpr std::uint32_t kAllHours = (1U << 24U) - 1;
  friend class CronParser;

  bool matches(std::chrono::year_month_day date) const;
  std::optional<std::chrono::seconds> next_in_day(std::chrono::seconds from) const;

  std::uint64_t seconds_ = 1;
  std::uint64_t minutes_ = 0;
  std::uint32_t hours_ = 0;
  std::uint32_t months_ = 0;  // bit 1 … 12
  CronDays days_;
};

}  // namespace callboard::schedule
