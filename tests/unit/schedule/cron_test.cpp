#include "shared/schedule/cron.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shared/base/time.hpp"

namespace callboard::schedule {
namespace {

WallTime wall(std::string_view text) {
  const auto at = parse_time(std::string(text) + "Z");
  return WallTime(std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch());
}

std::string show(WallTime at) {
  return format_time(Time(at.time_since_epoch())).substr(0, std::string_view("2026-01-01T00:00:00").size());
}

/// The first `count` times at or after `from`.
std::vector<std::string> times(std::string_view cron, std::string_view from, int count) {
  const auto parsed = Cron::parse(cron);
  EXPECT_TRUE(parsed) << cron << ": " << parsed.error().message;
  std::vector<std::string> out;
  WallTime at = wall(from);
  for (int i = 0; parsed && i < count; ++i) {
    const auto next = parsed->next(at);
    if (!next) break;
    out.push_back(show(*next));
    at = *next + std::chrono::seconds(1);
  }
  return out;
}

using Times = std::vector<std::string>;

std::string refusal(std::string_view cron) {
  const auto parsed = Cron::parse(cron);
  return parsed ? "" : parsed.error().message;
}

TEST(Cron, FiresAtItsMinuteAndHour) {
  EXPECT_EQ(times("0 3 * * *", "2026-02-27T03:00:01", 2),
            (Times{"2026-02-28T03:00:00", "2026-03-01T03:00:00"}));
  EXPECT_EQ(times("0 3 * * *", "2026-02-27T03:00:00", 1), (Times{"2026-02-27T03:00:00"}));
  EXPECT_EQ(times("*/20 9-10 * * *", "2026-01-01T09:30:00", 5),
            (Times{"2026-01-01T09:40:00", "2026-01-01T10:00:00", "2026-01-01T10:20:00", "2026-01-01T10:40:00",
                   "2026-01-02T09:00:00"}));
  EXPECT_EQ(times("5,35 23 31 12 ?", "2026-01-01T00:00:00", 3),
            (Times{"2026-12-31T23:05:00", "2026-12-31T23:35:00", "2027-12-31T23:05:00"}));
}

TEST(Cron, HasSecondsFirstWhereThereAreSixFields) {
  EXPECT_EQ(times("*/30 59 23 * * *", "2026-01-01T00:00:00", 3),
            (Times{"2026-01-01T23:59:00", "2026-01-01T23:59:30", "2026-01-02T23:59:00"}));
}

TEST(Cron, KnowsNamesInAnyCase) {
  EXPECT_EQ(
      times("0 0 * Feb mon-WED", "2026-01-01T00:00:00", 4),
      (Times{"2026-02-02T00:00:00", "2026-02-03T00:00:00", "2026-02-04T00:00:00", "2026-02-09T00:00:00"}));
}

TEST(Cron, TakesSundayAsZeroAndAsSeven) {
  for (const char* const cron : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "@weekly"})
    EXPECT_EQ(times(cron, "2026-01-01T00:00:00", 2), (Times{"2026-01-04T00:00:00", "2026-01-11T00:00:00"}))
        << cron;
  EXPECT_EQ(times("0 0 * * 5-7", "2026-01-01T00:00:00", 3),
            (Times{"2026-01-02T00:00:00", "2026-01-03T00:00:00", "2026-01-04T00:00:00"}));
  EXPECT_EQ(
      times("0 0 * * sat-mon", "2026-01-01T00:00:00", 4),
      (Times{"2026-01-03T00:00:00", "2026-01-04T00:00:00", "2026-01-05T00:00:00", "2026-01-10T00:00:00"}));
}

TEST(Cron, FiresOnEitherDayWhereBothAreRestricted) {
  EXPECT_EQ(
      times("0 0 13 * fri", "2026-01-01T00:00:00", 4),
      (Times{"2026-01-02T00:00:00", "2026-01-09T00:00:00", "2026-01-13T00:00:00", "2026-01-16T00:00:00"}));
  EXPECT_EQ(times("0 0 */2 * fri", "2026-01-01T00:00:00", 2),
            (Times{"2026-01-09T00:00:00", "2026-01-23T00:00:00"}))
      << "a field that begins with a star restricts further, as in Vixie's";
}

TEST(Cron, KnowsTheLastDays) {
  EXPECT_EQ(times("0 0 L * *", "2026-01-31T00:00:01", 2),
            (Times{"2026-02-28T00:00:00", "2026-03-31T00:00:00"}));
  EXPECT_EQ(times("0 0 L 2 *", "2027-03-01T00:00:00", 1), (Times{"2028-02-29T00:00:00"}));
  for (const char* const cron : {"0 0 * * 5L", "0 0 * * friL"})
    EXPECT_EQ(times(cron, "2026-01-01T00:00:00", 2), (Times{"2026-01-30T00:00:00", "2026-02-27T00:00:00"}))
        << cron;
}

TEST(Cron, KnowsTheNthWeekday) {
  EXPECT_EQ(times("0 9 * * mon#2", "2026-01-01T00:00:00", 2),
            (Times{"2026-01-12T09:00:00", "2026-02-09T09:00:00"}));
  EXPECT_EQ(times("0 9 * 2 mon#5", "2026-01-01T00:00:00", 2),
            (Times{"2044-02-29T09:00:00", "2072-02-29T09:00:00"}))
      << "once in 28 years is not never";
}

TEST(Cron, KnowsItsShortForms) {
  EXPECT_EQ(times("@yearly", "2026-01-01T00:00:01", 1), (Times{"2027-01-01T00:00:00"}));
  EXPECT_EQ(times("@annually", "2026-01-01T00:00:01", 1), (Times{"2027-01-01T00:00:00"}));
  EXPECT_EQ(times("@monthly", "2026-01-01T00:00:01", 1), (Times{"2026-02-01T00:00:00"}));
  EXPECT_EQ(times("@daily", "2026-01-01T00:00:01", 1), (Times{"2026-01-02T00:00:00"}));
  EXPECT_EQ(times("@midnight", "2026-01-01T00:00:01", 1), (Times{"2026-01-02T00:00:00"}));
  EXPECT_EQ(times("@hourly", "2026-01-01T00:00:01", 1), (Times{"2026-01-01T01:00:00"}));
}

TEST(Cron, StepsFromANumberToTheEnd) {
  EXPECT_EQ(times("50/5 0 * * *", "2026-01-01T00:00:00", 3),
            (Times{"2026-01-01T00:50:00", "2026-01-01T00:55:00", "2026-01-02T00:50:00"}));
}

TEST(Cron, SaysWhichFieldIsWrongAndWhere) {
  EXPECT_EQ(refusal("0 25 * * *"), "hour: found '25' at column 3, expected a number from 0 to 23");
  EXPECT_EQ(refusal("60 * * * *"), "minute: found '60' at column 1, expected a number from 0 to 59");
  EXPECT_EQ(refusal("0 0 1,,2 * *"),
            "day of month: found nothing at column 7, expected a number from 1 to 31");
  EXPECT_EQ(
      refusal("0 0 * JANN *"),
      "month: found 'JANN' at column 7, expected a number from 1 to 12 or a name such as JAN or FEB: did you "
      "mean 'JAN'?");
  EXPECT_EQ(refusal("*/0 * * * *"), "minute: found '0' at column 3, expected a step from 1 to 59");
  EXPECT_EQ(refusal("*/90 * * * *"), "minute: found '90' at column 3, expected a step from 1 to 59");
  EXPECT_EQ(refusal("30-10 * * * *"),
            "minute: found '30-10' at column 1, expected a range that goes upwards");
  EXPECT_EQ(refusal("0 0 * * mon#6"),
            "day of week: found '6' at column 13, expected which one of the month behind the #, from 1 to 5");
  EXPECT_EQ(refusal("0 0 15W * *"),
            "day of month: found '15W' at column 5, expected a number from 1 to 31, or L for the last day of "
            "the month");
  EXPECT_EQ(refusal("0 0 * * L"),
            "day of week: found 'L' at column 9, expected a day before the L: friL is the last Friday of the "
            "month");
  EXPECT_EQ(refusal("? * * * *"), "minute: found '?' at column 1, expected a number from 0 to 59");
  EXPECT_EQ(refusal("-1 * * * *"), "minute: found nothing at column 1, expected a number from 0 to 59");
}

TEST(Cron, SaysHowManyFieldsItWants) {
  EXPECT_EQ(
      refusal("0 3 * *"),
      "found 4 fields, expected 5 (minute, hour, day of month, month, day of week) or 6 (second first)");
  EXPECT_EQ(
      refusal(""),
      "found 0 fields, expected 5 (minute, hour, day of month, month, day of week) or 6 (second first)");
  EXPECT_EQ(
      refusal("@dayly"),
      "found '@dayly' at column 1, expected @yearly, @monthly, @weekly, @daily or @hourly: did you mean "
      "'@daily'?");
}

TEST(Cron, RefusesWhatNeverFires) {
  EXPECT_EQ(refusal("0 0 30 2 *"),
            "it never fires: found '0 0 30 2 *', expected a day that comes in one of its months");
  EXPECT_EQ(refusal("0 0 31 4,6,9,11 *"),
            "it never fires: found '0 0 31 4,6,9,11 *', expected a day that comes in one of its months");
  EXPECT_EQ(refusal("0 0 29 2 *"), "");
}

}  // namespace
}  // namespace callboard::schedule
