#include "tests/unit/ticks/tick_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

class SchedulerFaults : public TickHouse {
 protected:
  /// Each tick of the time that passed stands in the account, once, and has one run.
  void expect_each_minute_once(Time from, Time until) const {
    ASSERT_EQ(house_.tables.ticks.size(), 1u);
    const auto& ticks = house_.tables.ticks.begin()->second;
    int accounted = 0;
    for (const auto& [at, tick] : ticks) {
      if (at > from && at <= until) accounted += tick.count;
    }
    EXPECT_EQ(accounted, std::chrono::floor<std::chrono::minutes>(until - from).count());
    expect_a_run_for_each_tick();
  }
};

TEST_F(SchedulerFaults, TwoDispatchersMakeEachTickOnce) {
  put(make_workflow("{cron: \"* * * * *\", overlap: allow}"));
  SimServices one(house_, 1);
  SimServices two(house_, 2);
  run_for(30min + 10s);
  EXPECT_EQ(run_count(), 30u);
  expect_a_run_for_each_tick();
}

TEST_F(SchedulerFaults, AnotherGoesOnWhenADispatcherDies) {
  put(make_workflow("{cron: \"* * * * *\", overlap: allow}"));
  auto one = std::make_unique<SimServices>(house_, 1);
  auto two = std::make_unique<SimServices>(house_, 2);
  for (int round = 0; round < 20; ++round) {
    run_for(1min + 13s);
    (round % 2 == 0 ? one : two).reset();
    run_for(7s);
    (round % 2 == 0 ? one : two) = std::make_unique<SimServices>(house_, 10 + round);
  }
  run_for(30s);
  EXPECT_EQ(account().size(), run_count());
  expect_each_minute_once(std::chrono::floor<std::chrono::hours>(now()), now());
}

TEST_F(SchedulerFaults, ATickThatWasDecidedGetsItsRunFromWhoeverComesNext) {
  put(make_workflow("\"*/5 * * * *\""));
  const auto no_arrivals = [](log::CallKind kind) {
    return log::Fate{
        kind == log::CallKind::accept ? log::Fate::What::refused : log::Fate::What::done, {}, 100ms};
  };
  auto one = std::make_unique<SimServices>(house_, 1, no_arrivals);
  run_for(5min + 1s);
  ASSERT_EQ(account(), (Lines{"01:05:00 starting"}));
  one.reset();
  put(make_workflow("\"*/7 * * * *\""));  // and the schedule is gone meanwhile

  SimServices other(house_, 2);
  run_for(40s);

  EXPECT_EQ(account(), (Lines{"01:05:00 started"}));
  expect_a_run_for_each_tick();
}

TEST_F(SchedulerFaults, ALostReplyMakesNoSecondRun) {
  put(make_workflow("{cron: \"* * * * *\", overlap: allow}"));
  SimRandom random(7);
  const auto troubled = [&random](log::CallKind) {
    log::Fate fate;
    if (random.chance(15)) fate.what = log::Fate::What::reply_lost;
    if (random.chance(15)) fate.what = log::Fate::What::refused;
    fate.before = Micros(random.below(300'000));
    fate.after = Micros(random.below(300'000));
    return fate;
  };
  SimServices one(house_, 1, troubled);
  SimServices two(house_, 2, troubled);
  const Time from = now();
  run_for(60min + 52s);
  expect_each_minute_once(from, now());
}

TEST_F(SchedulerFaults, ADispatcherThatSleptContradictsNobody) {
  put(make_workflow("{cron: \"* * * * *\", overlap: allow}"));
  SimServices one(house_, 1);
  SimServices two(house_, 2);
  const Time from = now();
  for (int round = 0; round < 10; ++round) {
    SimServices& sleeper = round % 2 == 0 ? one : two;
    run_for(45s);
    sleeper.loop().freeze();
    run_for(2min);
    sleeper.loop().thaw();
  }
  run_for(1min);
  expect_each_minute_once(from, now());
}

TEST_F(SchedulerFaults, AStoppedDispatcherFiresNothing) {
  put(make_workflow("\"* * * * *\""));
  SimServices one(house_, 1);
  run_for(90s);
  EXPECT_EQ(run_count(), 1u);
  one.stop();
  run_for(10min);
  EXPECT_EQ(run_count(), 1u);
}

TEST_F(SchedulerFaults, AWorkflowThatCannotStartSaysWhy) {
  put("name: nightly\non: {schedule: \"* * * * *\"}\ninputs: {who: {required: true}}\n"
      "steps: [{type: sleep, params: {for: 1s}}]\n");
  SimServices one(house_, 1);
  run_for(90s);
  EXPECT_EQ(account(), (Lines{"01:01:00 failed"}));
  EXPECT_NE(house_.tables.ticks.begin()->second.begin()->second.detail.find("who"), std::string::npos);
}

}  // namespace
}  // namespace callboard::test
