#include "shared/schedule/schedule.hpp"

#include <gtest/gtest.h>

#include "tests/unit/schedule/make_schedule.hpp"

namespace callboard::schedule {
namespace {

using Times = std::vector<std::string>;

/// The first `count` times strictly after `from`, as the zone's clocks show them.
Times times(std::string_view cron, std::string_view zone, std::string_view from, int count) {
  const Schedule schedule = make_schedule(cron, zone);
  Times out;
  Time at = *parse_time(from);
  for (int i = 0; i < count; ++i) {
    at = *schedule.next_after(at);
    out.push_back(schedule.format(at));
  }
  return out;
}

TEST(Schedule, FiresByTheClocksOfItsZone) {
  EXPECT_EQ(times("0 3 * * *", "Europe/Paris", "2026-01-01T00:00:00Z", 1),
            (Times{"2026-01-01T03:00:00+01:00"}));
  EXPECT_EQ(times("0 3 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", 1),
            (Times{"2026-01-02T03:00:00+05:45"}));
  EXPECT_EQ(times("0 3 * * *", "America/New_York", "2026-07-01T12:00:00Z", 1),
            (Times{"2026-07-02T03:00:00-04:00"}));
}

TEST(Schedule, FiresBehindTheGapWhenItsTimeDoesNotExist) {
  EXPECT_EQ(times("30 2 * * *", "Europe/Paris", "2026-03-28T12:00:00Z", 2),
            (Times{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}));
  EXPECT_EQ(times("0,15,30 2,3 * * *", "Europe/Paris", "2026-03-28T12:00:00Z", 3),
            (Times{"2026-03-29T03:00:00+02:00", "2026-03-29T03:15:00+02:00", "2026-03-29T03:30:00+02:00"}))
      << "once for all that fell into it";
  EXPECT_EQ(times("10 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2),
            (Times{"2026-10-04T02:30:00+11:00", "2026-10-05T02:10:00+11:00"}));
  EXPECT_EQ(times("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", 2),
            (Times{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}))
      << "a midnight that does not exist";
  EXPECT_EQ(times("0 12 30 12 *", "Pacific/Apia", "2011-12-29T12:00:00Z", 1),
            (Times{"2011-12-31T00:00:00+14:00"}))
      << "a day that does not exist";
}

TEST(Schedule, FiresAtTheFirstOfTwoEqualTimes) {
  EXPECT_EQ(times("30 2 * * *", "Europe/Paris", "2026-10-24T12:00:00Z", 2),
            (Times{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}));
  EXPECT_EQ(times("30 2 * * *", "Europe/Paris", "2026-10-25T01:10:00Z", 1),
            (Times{"2026-10-26T02:30:00+01:00"}))
      << "asked between the two";
  EXPECT_EQ(times("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2),
            (Times{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}));
}

TEST(Schedule, NamesTheHoursOfAStep) {
  for (const char* const hours : {"*/2", "2/12", "0-22/2", "2,*/6"})
    EXPECT_EQ(times("0 " + std::string(hours) + " * * *", "Europe/Paris", "2026-10-24T22:30:00Z", 1),
              (Times{"2026-10-25T02:00:00+02:00"}))
        << hours;
  EXPECT_EQ(times("0 */2 * * *", "Europe/Paris", "2026-10-25T00:00:00Z", 2),
            (Times{"2026-10-25T04:00:00+01:00", "2026-10-25T06:00:00+01:00"}))
      << "02:00 came before";
  EXPECT_EQ(times("30 1-23/2 * * *", "America/New_York", "2026-11-01T05:30:00Z", 1),
            (Times{"2026-11-01T03:30:00-05:00"}));
  EXPECT_EQ(times("0 */2 * * *", "Europe/Paris", "2026-03-28T23:30:00Z", 2),
            (Times{"2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"}))
      << "none is lost in a gap";
}

TEST(Schedule, GoesOnInRealTimeWhereItIsEveryHour) {
  EXPECT_EQ(times("30 * * * *", "Europe/Paris", "2026-03-29T00:00:00Z", 2),
            (Times{"2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"}));
  for (const char* const hours : {"*", "*/1", "0-23", "0/1", "0-11,12/1"})
    EXPECT_EQ(times("30 " + std::string(hours) + " * * *", "Europe/Paris", "2026-10-25T00:00:00Z", 3),
              (Times{"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00"}))
        << hours;
}

TEST(Schedule, FindsTheLastTimeBeforeAnother) {
  const Schedule daily = make_schedule("0 3 * * *", "UTC");
  const auto at = [](std::string_view text) { return *parse_time(text); };
  EXPECT_EQ(daily.last_until(at("2026-01-10T02:59:59Z"), at("2026-01-01T00:00:00Z")),
            at("2026-01-09T03:00:00Z"));
  EXPECT_EQ(daily.last_until(at("2026-01-10T03:00:00Z"), at("2026-01-01T00:00:00Z")),
            at("2026-01-10T03:00:00Z"));
  EXPECT_EQ(daily.last_until(at("2026-01-10T02:00:00Z"), at("2026-01-09T03:00:00Z")), std::nullopt);
  const Schedule burst = make_schedule("* * * * 1 *", "UTC");
  EXPECT_EQ(burst.last_until(at("2026-12-31T00:00:00Z"), at("2020-01-01T00:00:00Z")),
            at("2026-01-31T23:59:59Z"));
}

TEST(Schedule, ListsABoundedNumber) {
  const Schedule hourly = make_schedule("@hourly", "UTC");
  const Time from = *parse_time("2026-01-01T00:00:00Z");
  EXPECT_EQ(hourly.between(from, from + std::chrono::hours(5), 100).size(), 5u);
  EXPECT_EQ(hourly.between(from, from + std::chrono::hours(5), 3).size(), 3u);
}

TEST(Schedule, IsKnownByItsExpressionAndZone) {
  EXPECT_EQ(make_schedule("  0   3 * *\t* ", "Europe/Paris").id(), "0 3 * * * Europe/Paris");
}

TEST(Zone, SuggestsTheNameThatWasMeant) {
  const auto message = [](std::string_view name) { return Zone::find(name).error().message; };
  const std::string expected = ", expected a zone of the system's tzdata such as Europe/Paris or UTC";
  EXPECT_EQ(message("Europe/Pariss"), "found 'Europe/Pariss'" + expected + ": did you mean 'Europe/Paris'?");
  EXPECT_EQ(message("Kathmandu"), "found 'Kathmandu'" + expected + ": did you mean 'Asia/Kathmandu'?");
  EXPECT_EQ(message("Mars/Olympus_Mons"), "found 'Mars/Olympus_Mons'" + expected);
}

TEST(Zone, OpensNoOtherFiles) {
  for (const char* const name :
       {"", "/etc/passwd", "../zoneinfo/UTC", "file:/etc/passwd", "right/Europe/Paris", "Fixed/UTC+01:00:00",
        "localtime", "zone.tab", "Europe", "Europe/"})
    EXPECT_FALSE(Zone::find(name)) << name;
}

}  // namespace
}  // namespace callboard::schedule
