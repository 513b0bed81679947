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

bool is_meant(const Cron& cron, WallTime wall) { return cron.next(wall) == wall; }

/// What fires in [from, to), minute by minute: a wall time fires when the clocks first show it, or, if they
/// never do, when they first show a later one; where the schedule counts time, whenever they show it.
std::vector<Instant> expected(const Cron& cron, const Zone& zone, Instant from, Instant to) {
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
    if (is_meant(cron, wall) && (is_new || cron.counts_time())) out.insert(at);
    for (WallTime missed = latest + minutes(1); missed < wall; missed += minutes(1)) {
      if (is_meant(cron, missed) && !cron.is_every_hour()) out.insert(at);
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
  for (const char* const text :
       {"30 2 * * *", "0 0 * * *", "15 1 * * *", "*/10 1-3 * * *", "0 3 * * *", "0,30 0,1,2,3 * * *",
        "7 * * * *", "*/15 * * * *", "0 */2 * * *", "45 23 * * *", "59 1 L * *", "0 2 * * sun"}) {
    const Schedule schedule = make_schedule(text, GetParam());
    const Cron cron = *Cron::parse(text);
    for (auto change = zone.next_change(kBegin); change && change->at < kEnd;
         change = zone.next_change(change->at)) {
      const Instant from = change->at - kAround;
      const Instant to = change->at + kAround;
      ASSERT_EQ(fired(schedule, from, to), expected(cron, zone, from, to))
          << text << " in " << GetParam() << " around " << format_time(Time(change->at));
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
