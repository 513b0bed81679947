#include "dispatcher/schedule/tick_policy.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shared/base/limits.hpp"
#include "shared/workflow/ticks.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;
using log::TickOutcome;
using workflow::CatchUp;
using workflow::Overlap;
using workflow::ScheduleTrigger;

Time at(std::string_view text) { return *parse_time("2026-03-01T" + std::string(text) + "Z"); }

ScheduleTrigger make_trigger(std::string_view cron) {
  return {.times = schedule::Schedule(std::string(cron), *schedule::Cron::parse(cron),
                                      *schedule::Zone::find("UTC"))};
}

log::ScheduleState make_state(Time considered, std::vector<log::Tick> open = {}) {
  return {{"nightly", "id"}, 3, considered, std::move(open)};
}

log::Tick make_open(Time at, TickOutcome outcome) {
  log::Tick tick;
  tick.at = at;
  tick.outcome = outcome;
  return tick;
}

TickDecision decide(const ScheduleTrigger& trigger, const log::ScheduleState& state, Time now,
                    std::string paused = {}) {
  return decide_ticks({trigger, "nightly", "hash", std::move(paused)}, state, now);
}

/// 03:00:00 starting; 04:00:00 skipped 7 why
std::vector<std::string> show(const TickDecision& decision) {
  std::vector<std::string> out;
  for (const log::Tick& tick : decision.ticks) {
    std::string line = format_time(tick.at).substr(11, 8) + " " + std::string(log::to_string(tick.outcome));
    if (tick.caught_up) line += " caught up";
    if (tick.count != 1) line += " " + std::to_string(tick.count);
    if (!tick.detail.empty()) line += ": " + tick.detail;
    out.push_back(line);
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(TickPolicy, ADueTickStartsAndTheNextIsWaitedFor) {
  const auto trigger = make_trigger("0 * * * *");
  const auto state = make_state(at("02:00:00"));
  EXPECT_FALSE(decide(trigger, state, at("02:59:59")).changes(state));
  EXPECT_EQ(decide(trigger, state, at("02:59:59")).look_again, at("03:00:00"));

  const auto due = decide(trigger, state, at("03:00:00"));
  EXPECT_EQ(show(due), Lines{"03:00:00 starting"});
  EXPECT_EQ(due.ticks[0].definition, "hash");
  EXPECT_EQ(due.considered, at("03:00:00"));
  EXPECT_EQ(due.look_again, at("04:00:00"));
}

TEST(TickPolicy, ALateTickIsNoMissedOne) {
  auto trigger = make_trigger("0 * * * *");
  trigger.catchup = CatchUp::none;
  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00")), at("03:00:59"))), Lines{"03:00:00 starting"});
}

TEST(TickPolicy, MissedTicksAreAccountedForInOneRow) {
  auto trigger = make_trigger("0 * * * *");
  trigger.catchup = CatchUp::none;
  const auto decision = decide(trigger, make_state(at("02:00:00")), at("07:30:00"));
  EXPECT_EQ(show(decision), Lines{"07:00:00 skipped 5: missed while no dispatcher ran; catchup: none"});
  EXPECT_EQ(decision.considered, at("07:00:00"));
}

TEST(TickPolicy, TheLatestMissedTickIsMadeGood) {
  const auto trigger = make_trigger("0 * * * *");
  EXPECT_EQ(
      show(decide(trigger, make_state(at("02:00:00")), at("07:30:00"))),
      (Lines{
          "06:00:00 skipped 4: missed while no dispatcher ran; catchup: latest makes good the last of them",
          "07:00:00 starting caught up"}));
  EXPECT_EQ(show(decide(trigger, make_state(at("06:00:00")), at("07:30:00"))),
            Lines{"07:00:00 starting caught up"});
}

TEST(TickPolicy, AllMissedTicksAreMadeGoodWithinABound) {
  auto trigger = make_trigger("0 * * * *");
  trigger.catchup = CatchUp::all;
  trigger.overlap = Overlap::allow;
  EXPECT_EQ(show(decide(trigger, make_state(at("05:00:00")), at("07:30:00"))),
            (Lines{"06:00:00 starting caught up", "07:00:00 starting caught up"}));

  const auto days = decide(trigger, make_state(at("07:00:00") - 72h), at("07:30:00"));
  ASSERT_EQ(days.ticks.size(), 25u);
  EXPECT_EQ(days.ticks[0].count, 48);
  EXPECT_EQ(days.ticks[0].outcome, TickOutcome::skipped);
  EXPECT_EQ(days.ticks[1].at, at("08:00:00") - 24h);

  auto busy = make_trigger("* * * * *");
  busy.catchup = CatchUp::all;
  busy.overlap = Overlap::allow;
  const auto minutes = decide(busy, make_state(at("01:00:00")), at("07:00:30"));
  ASSERT_EQ(minutes.ticks.size(), 1 + limits::kCatchUpTicks + 1);
  EXPECT_EQ(minutes.ticks[0].count, 359 - static_cast<int>(limits::kCatchUpTicks));
  EXPECT_FALSE(minutes.ticks.back().caught_up) << "the last one is on time";
}

TEST(TickPolicy, CountingIsBounded) {
  auto trigger = make_trigger("* * * * * *");
  trigger.catchup = CatchUp::none;
  const auto decision = decide(trigger, make_state(at("01:00:00") - 24h), at("01:00:00"));
  ASSERT_FALSE(decision.ticks.empty());
  EXPECT_EQ(decision.ticks[0].count, limits::kTicksCounted);
  EXPECT_TRUE(decision.ticks[0].detail.ends_with("there are more than were counted"));
}

TEST(TickPolicy, ATickIsSkippedWhileTheRunBeforeIsOpen) {
  const auto trigger = make_trigger("0 * * * *");
  const auto open = make_open(at("02:00:00"), TickOutcome::started);
  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00"), {open}), at("03:00:00"))),
            Lines{"03:00:00 skipped: overlap: skip, and the run of a tick before is open"});
}

TEST(TickPolicy, ATickWaitsInOrderWhileTheRunBeforeIsOpen) {
  auto trigger = make_trigger("0 * * * *");
  trigger.overlap = Overlap::queue;
  const auto open = make_open(at("01:00:00"), TickOutcome::started);
  const auto waiting = make_open(at("02:00:00"), TickOutcome::waiting);

  const auto still = decide(trigger, make_state(at("02:00:00"), {open, waiting}), at("03:00:00"));
  EXPECT_EQ(show(still), Lines{"03:00:00 waiting"});
  EXPECT_EQ(still.look_again, at("03:00:01"));

  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00"), {waiting}), at("03:00:00"))),
            (Lines{"02:00:00 starting", "03:00:00 waiting"}));
}

TEST(TickPolicy, TheQueueIsBounded) {
  auto trigger = make_trigger("0 * * * *");
  trigger.overlap = Overlap::queue;
  std::vector<log::Tick> open{make_open(at("01:00:00"), TickOutcome::starting)};
  for (std::size_t i = 0; i < limits::kTicksQueued; ++i)
    open.push_back(make_open(at("01:00:00") + (i + 1) * 1s, TickOutcome::waiting));
  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00"), open), at("03:00:00"))),
            Lines{"03:00:00 skipped: overlap: queue, and 100 ticks wait already"});
}

TEST(TickPolicy, TicksOverlapWhereTheyMay) {
  auto trigger = make_trigger("0 * * * *");
  trigger.overlap = Overlap::allow;
  const auto open = make_open(at("02:00:00"), TickOutcome::started);
  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00"), {open}), at("03:00:00"))),
            Lines{"03:00:00 starting"});
}

TEST(TickPolicy, NothingPilesUpDuringAPause) {
  const auto trigger = make_trigger("0 * * * *");
  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00")), at("03:00:00"), "paused")),
            Lines{"03:00:00 skipped: paused"});
  EXPECT_EQ(show(decide(trigger, make_state(at("02:00:00")), at("05:30:00"), "paused")),
            Lines{"05:00:00 skipped 3: paused"});
  auto queue = make_trigger("0 * * * *");
  queue.overlap = Overlap::queue;
  const auto waiting = make_open(at("02:00:00"), TickOutcome::waiting);
  EXPECT_EQ(show(decide(queue, make_state(at("02:00:00"), {waiting}), at("02:30:00"), "paused")), Lines{})
      << "what waited before waits on";
}

TEST(TickPolicy, JitterIsTheSameForAllAndBounded) {
  auto trigger = make_trigger("0 * * * *");
  trigger.jitter = 10min;
  std::set<Time> distinct;
  for (Time tick = at("00:00:00"); tick < at("20:00:00"); tick += 1h) {
    const Time fires = workflow::fire_time(trigger, "nightly", tick);
    EXPECT_GE(fires, tick);
    EXPECT_LE(fires, tick + 10min);
    EXPECT_EQ(fires, workflow::fire_time(trigger, "nightly", tick));
    distinct.insert(Time(fires - tick));
  }
  EXPECT_GT(distinct.size(), 15u);

  const Time fires = workflow::fire_time(trigger, "nightly", at("03:00:00"));
  const auto state = make_state(at("02:00:00"));
  EXPECT_EQ(decide(trigger, state, fires - 1us).look_again, fires);
  EXPECT_EQ(show(decide(trigger, state, fires)), Lines{"03:00:00 starting"});
}

TEST(TickPolicy, APauseOfTheWorkflowItsSourceOrEverythingStandsOverTicks) {
  const log::Pause other{"workflow", "other", {}, "ada", ""};
  const log::Pause github{"source", "github", {}, "ada", ""};
  EXPECT_EQ(find_pause_of_ticks({other, github}, "nightly"), nullptr);
  for (const log::Pause& pause :
       {log::Pause{"workflow", "nightly", {}, "ada", ""}, log::Pause{"source", "schedule", {}, "ada", ""},
        log::Pause{"all", "", {}, "ada", ""}}) {
    const std::vector<log::Pause> standing{other, pause};
    ASSERT_NE(find_pause_of_ticks(standing, "nightly"), nullptr) << pause.scope;
    EXPECT_EQ(*find_pause_of_ticks(standing, "nightly"), pause);
  }
}

}  // namespace
}  // namespace callboard::dispatcher
