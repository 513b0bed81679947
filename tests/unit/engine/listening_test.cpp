#include <gtest/gtest.h>

#include "tests/support/scripted_worker.hpp"

// Events that open runs listen to, from the arrival to what they do, over owners that come and go.
namespace callboard::test {
namespace {

using namespace std::chrono_literals;

struct Scene {
  Scene() {
    run::Step wait = make_step("w", "wait", {}, R"({"event":""})");
    wait.timeout = 24h;
    wait.awaits = {make_rule("push", "event.n == 7")};
    house.define(make_graph("waits", {wait, make_step("b", "noop", {0})}));
    run::Step since = wait;
    since.params = *expression::make_template(*read_json(R"({"event":"","since":"1h"})"));
    house.define(make_graph("looks-back", {since}));
    run::Graph cancelled = make_graph("cancelled", {make_step("nap", "sleep", {}, R"({"for":36000})")});
    cancelled.cancel_on = {make_rule("push", "event.n == 7")};
    house.define(std::move(cancelled));
    start();
  }
  void start() {
    dispatcher.emplace(house, ++last_life);
    house.time.run_until([&] { return dispatcher->engine().counts().partitions == limits::kPartitions; },
                         10s);
  }
  bool is_secured(std::size_t count = 1) {
    return house.time.run_until(
        [&] {
          return house.tables.listeners.size() == count &&
                 std::ranges::all_of(house.tables.listeners, [](const auto& one) { return one.second; });
        },
        5s);
  }
  bool closes(const RunId& run, Micros within = 5s) {
    return house.time.run_until([&] { return house.tables.heads.contains(run) && house.is_closed(run); },
                                within);
  }
  bool has_heard_all() {
    return house.time.run_until([&] { return house.tables.heard.empty(); }, 5s);
  }

  SimHouse house;
  std::uint64_t last_life = 300;
  std::optional<SimDispatcher> dispatcher;
};

TEST(EngineListening, AnEventEndsAWait) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("waits");
  ASSERT_TRUE(scene.is_secured());
  scene.dispatcher->deliver("push", R"({"n":7})");
  ASSERT_TRUE(scene.closes(run));
  EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::completed);
  EXPECT_TRUE(scene.house.tables.listeners.empty());
  EXPECT_TRUE(scene.has_heard_all());
}

TEST(EngineListening, WhatIsRefusedLeavesNothingBehind) {
  Scene scene;
  const RunId run = scene.dispatcher->start_run("waits");
  ASSERT_TRUE(scene.is_secured());
  const std::size_t events = scene.house.events_of(run).size();
  for (int i = 0; i < 200; ++i) scene.dispatcher->deliver("push", R"({"n":8})");
  scene.dispatcher->deliver("issues.opened", R"({"n":7})");
  scene.house.time.run_for(3s);
  EXPECT_TRUE(scene.has_heard_all());
  EXPECT_EQ(scene.house.events_of(run).size(), events);
  EXPECT_FALSE(scene.house.is_closed(run));
}

TEST(EngineListening, ARunThatIsNotInMemoryIsBroughtBack) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("waits");
  ASSERT_TRUE(scene.house.time.run_until(
      [&] { return scene.dispatcher->engine().find_parked(run).has_value(); }, 20s));
  scene.dispatcher->deliver("push", R"({"n":7})");
  EXPECT_TRUE(scene.closes(run));
}

TEST(EngineListening, WhatCameWhileNobodyOwnedTheRunCounts) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("waits");
  ASSERT_TRUE(scene.is_secured());
  scene.dispatcher->deliver("push", R"({"n":7})");
  ASSERT_TRUE(scene.house.time.run_until([&] { return !scene.house.tables.heard.empty(); }, 1s));
  scene.dispatcher.reset();
  scene.start();
  EXPECT_TRUE(scene.closes(run));
}

TEST(EngineListening, WhatCameBeforeAnybodyListenedIsLookedBackTo) {
  Scene scene;
  scene.dispatcher->deliver("push", R"({"n":7})");
  scene.house.time.run_for(10min);
  const RunId run = scene.dispatcher->start_run("looks-back");
  ASSERT_TRUE(scene.closes(run));
  EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::completed);
}

TEST(EngineListening, WithoutSinceItIsNot) {
  Scene scene;
  scene.dispatcher->deliver("push", R"({"n":7})");
  scene.house.time.run_for(1s);
  const RunId run = scene.dispatcher->start_run("waits");
  EXPECT_FALSE(scene.closes(run, 5s));
}

TEST(EngineListening, AnEventCancelsEveryRunThatItIsMeantFor) {
  Scene scene;
  const RunId one = scene.dispatcher->start_run("cancelled");
  const RunId other = scene.dispatcher->start_run("cancelled");
  ASSERT_TRUE(scene.is_secured(2));
  scene.dispatcher->deliver("push", R"({"n":8})");
  scene.house.time.run_for(2s);
  EXPECT_FALSE(scene.house.is_closed(one));
  scene.dispatcher->deliver("push", R"({"n":7})");
  ASSERT_TRUE(scene.closes(one) && scene.closes(other));
  EXPECT_EQ(scene.house.phase_of(one), run::RunPhase::cancelled);
  EXPECT_TRUE(scene.house.tables.listeners.empty());
}

TEST(EngineListening, AnEventBehindTheRunsOwnCancelsItThoughNobodyListenedYet) {
  Scene scene;
  const RunId run = scene.dispatcher->start_run("cancelled");
  ASSERT_TRUE(scene.house.time.run_until([&] { return scene.house.tables.heads.contains(run); }, 1s));
  scene.house.tables.listeners.clear();
  scene.dispatcher.reset();  // it died before it could put a listener
  SimLoop loop(scene.house.time);
  SimClock clock(scene.house.time);
  log::MemoryLog log(loop, clock, scene.house.tables);
  log::Arrival arrival;
  arrival.delivery = log::Delivery{.id = DeliveryId{RunId(run).uuid},
                                   .source = "github",
                                   .external_id = {},
                                   .event = "push",
                                   .at = {},
                                   .headers = "{}",
                                   .body = R"({"n":7})",
                                   .verdicts = {},
                                   .matched_against = {}};
  scene.house.time.run_for(1s);
  log.intake().accept(std::move(arrival), clock.steady() + 1s, [](const Result<log::Arrived>&) {});
  scene.house.time.run_for(1s);
  scene.start();
  ASSERT_TRUE(scene.closes(run));
  EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::cancelled);
}

}  // namespace
}  // namespace callboard::test
