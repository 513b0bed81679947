// Twenty years of zones as they are, against a schedule's rule told in another way: every instant is looked
// at.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/schedule/make_schedule.hpp"

namespace callboard::schedule {
namespace {

using namespace std::chrono;

constexpr Instant kBegin{sys_days(2015y / 1 / 1)};
constexpr Instant kEnd{sys_days(2035y / 1 / 1)};
constexpr seconds kAround = hours(20);  // of a change

WallTime wall_at(const Zone& zone, Instant at) {
  return WallTime(at.time_since_epoch() + zone.offset_at(at));
}

struct Case {
  const char* cron;
  bool every_hour = false;
};

bool is_meant(const Cron& cron, WallTime wall) { return cron.next(wall) == wall; }

/// What fires in [from, to), minute by minute: a wall time fires when the clocks first show it, or, if they
/// never do, when they first show a later one; where the hour is every hour, whenever they show it.
std::vector<Instant> expected(const Case& tested, const Zone& zone, Instant from, Instant to) {
  const Cron cron = *Cron::parse(tested.cron);
  std::set<Instant> out;
  std::set<WallTime> shown;
  WallTime latest = wall_at(zone, from - minutes(1));
  for (Instant at = from - hours(4); at < to; at += minutes(1)) {
    const WallTime wall = wall_at(zone, at);
    const bool is_new = shown.insert(wall).second;
    if (at < from) {
      latest = wall;
      continue;
    }
    if (is_meant(cron, wall) && (is_new || tested.every_hour)) out.insert(at);
    for (WallTime missed = latest + minutes(1); missed < wall; missed += minutes(1)) {
      if (is_meant(cron, missed) && !tested.every_hour) out.insert(at);
    }
    latest = wall;
  }
  return {out.begin(), out.end()};
}

std::vector<Instant> fired(const Schedule& schedule, Instant from, Instant to) {
  std::vector<Instant> out;
  for (auto at = schedule.next_after(Time(from - seconds(1))); at && *at < Time(to);
       at = schedule.next_after(*at))
    out.push_back(floor<seconds>(*at));
  return out;
}

class ZoneChanges : public testing::TestWithParam<const char*> {};

TEST_P(ZoneChanges, NeverMakeATickTwiceNorLoseOne) {
  const Zone zone = *Zone::find(GetParam());
  for (const Case& tested :
       {Case{"30 2 * * *"}, Case{"0 0 * * *"}, Case{"15 1 * * *"}, Case{"*/10 1-3 * * *"}, Case{"0 3 * * *"},
        Case{"0,30 0,1,2,3 * * *"}, Case{"45 23 * * *"}, Case{"59 1 L * *"}, Case{"0 2 * * sun"},
        Case{"0 */2 * * *"}, Case{"30 1-23/2 * * *"}, Case{"*/20 2/12 * * *"}, Case{"0 1/1 * * *"},
        Case{"7 * * * *", true}, Case{"*/15 * * * *", true}, Case{"7 */1 * * *", true},
        Case{"0,30 0-23 * * *", true}}) {
    const Schedule schedule = make_schedule(tested.cron, GetParam());
    for (auto change = zone.next_change(kBegin); change && change->at < kEnd;
         change = zone.next_change(change->at)) {
      const Instant from = change->at - kAround;
      const Instant to = change->at + kAround;
      ASSERT_EQ(fired(schedule, from, to), expected(tested, zone, from, to))
          << tested.cron << " in " << GetParam() << " around " << format_time(Time(change->at));
    }
  }
}

TEST_P(ZoneChanges, ADailyTimeComesOnceADay) {
  const Schedule schedule = make_schedule("30 2 * * *", GetParam());
  const Zone zone = *Zone::find(GetParam());
  std::optional<local_days> before;
  for (const Instant at : fired(schedule, kBegin, kEnd)) {
    const local_days on = floor<days>(wall_at(zone, at));
    if (before) {
      ASSERT_EQ(on - *before, days(1)) << format_time(Time(at));
    }
    before = on;
  }
}

INSTANTIATE_TEST_SUITE_P(Schedule, ZoneChanges,
                         testing::Values("Europe/Paris", "America/New_York", "Australia/Lord_Howe",
                                         "Africa/Casablanca", "Asia/Kathmandu", "America/Sao_Paulo",
                                         "Africa/Cairo", "Asia/Tehran", "UTC"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace(name, '/', '_');
                           return name;
                         });

}  // namespace
}  // namespace callboard::schedule
