#include "shared/schedule/cron.hpp"

#include <bit>

namespace callboard::schedule {
namespace {

using namespace std::chrono;

// The fifth Monday of a February comes every 28 years, and every 40 across 2100.
constexpr days kHorizon(60 * 366);

bool has(std::uint64_t set, std::uint64_t bit) { return ((set >> bit) & 1U) != 0; }

/// The lowest member at or above `from`; 64 if there is none.
int next_of(std::uint64_t set, std::int64_t from) {
  return from > 63 ? 64 : std::countr_zero(set & (~std::uint64_t{0} << static_cast<unsigned>(from)));
}

local_days first_of_next_month(year_month_day date) {
  return local_days((date.year() / date.month() + months(1)) / 1);
}

}  // namespace

bool Cron::matches(year_month_day date) const {
  const auto day = static_cast<unsigned>(date.day());
  const auto last = static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
  const unsigned weekday = std::chrono::weekday(local_days(date)).c_encoding();
  const bool by_day = has(days_.days, day) || (days_.last_day && day == last);
  const bool by_weekday = has(days_.weekdays, weekday) ||
                          (has(days_.last_weekdays, weekday) && day + 7 > last) ||
                          has(days_.nth[weekday], (day - 1) / 7 + 1);
  return days_.day_is_star || days_.weekday_is_star ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<seconds> Cron::next_in_day(seconds from) const {
  const hh_mm_ss clock(from);
  auto minute = clock.minutes().count();
  auto second = clock.seconds().count();
  for (auto hour = clock.hours().count();; ++hour, minute = second = 0) {
    const int at_hour = next_of(hours_, hour);
    if (at_hour >= 24) return std::nullopt;
    if (at_hour != hour) minute = second = 0;
    hour = at_hour;
    for (;; ++minute, second = 0) {
      const int at_minute = next_of(minutes_, minute);
      if (at_minute >= 60) break;
      if (at_minute != minute) second = 0;
      minute = at_minute;
      const int at_second = next_of(seconds_, second);
      if (at_second < 60) return hours(at_hour) + minutes(at_minute) + seconds(at_second);
    }
  }
}

std::optional<WallTime> Cron::next(WallTime from) const {
  auto day = floor<days>(from);
  seconds time = from - day;
  for (const local_days end = day + kHorizon; day < end;) {
    const year_month_day date(day);
    if (!has(months_, static_cast<unsigned>(date.month()))) {
      day = first_of_next_month(date);
      time = seconds(0);
      continue;
    }
    if (matches(date)) {
      if (const auto found = next_in_day(time)) return WallTime(day) + *found;
    }
    day += days(1);
    time = seconds(0);
  }
  return std::nullopt;
}

}  // namespace callboard::schedule
