#include "shared/base/time.hpp"

#include <gtest/gtest.h>

namespace callboard {
namespace {

using namespace std::chrono_literals;

TEST(ParseTime, ReadsRfc3339WithAnyOffset) {
  EXPECT_EQ(format_time(*parse_time("2026-11-21T07:49:11.000123Z")), "2026-11-21T07:49:11.000123Z");
  EXPECT_EQ(format_time(*parse_time("2026-11-21T09:49:11+02:00")), "2026-11-21T07:49:11.000000Z");
  EXPECT_EQ(format_time(*parse_time("2026-01-01t00:30:00.5-01:30")), "2026-01-01T02:00:00.500000Z");
  EXPECT_EQ(format_time(*parse_time("2024-02-29T00:00:00Z")), "2024-02-29T00:00:00.000000Z");
}

TEST(ParseTime, CutsWhatIsBeyondMicroseconds) {
  EXPECT_EQ(format_time(*parse_time("2026-11-21T07:49:11.123456789Z")), "2026-11-21T07:49:11.123456Z");
}

TEST(ParseTime, TakesALeapSecondAsTheNextOne) {
  EXPECT_EQ(format_time(*parse_time("2016-12-31T23:59:60Z")), "2017-01-01T00:00:00.000000Z");
}

TEST(ParseTime, RefusesAnythingElse) {
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T07:49:11", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T07:49:11.Z", "2026-11-21T07:49:11.1234567890Z",
        "2026-11-21T07:49:11+2:00", "2026-11-21T07:49:11Zx", "2026-11-21T07:60:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(ParseDuration, ReadsOneUnitOrSeveral) {
  EXPECT_EQ(parse_duration("250ms"), Micros(250ms));
  EXPECT_EQ(parse_duration("30s"), Micros(30s));
  EXPECT_EQ(parse_duration("1.5m"), Micros(90s));
  EXPECT_EQ(parse_duration("1h30m"), Micros(90min));
  EXPECT_EQ(parse_duration("7d"), Micros(168h));
  EXPECT_EQ(parse_duration("0s"), Micros(0));
}

TEST(ParseDuration, RefusesAnythingElse) {
  for (const char* text : {"", "5", "s", "-5s", "-0s5s", "5 s", "5sec", "5S", "1e3s", "nans", "infs", "5s ",
                           "4000d", "99999999999999999999d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(FormatDuration, IsReadBack) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(25h), "1d1h");
  for (const Micros duration : {Micros(1ms), Micros(61s), Micros(30h), Micros(3'723'004ms)}) {
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace callboard
