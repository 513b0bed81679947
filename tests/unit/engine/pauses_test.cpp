#include <gtest/gtest.h>

#include "tests/support/scripted_worker.hpp"

// Pauses that stand over many runs: what a dispatcher publishes meanwhile, and how it hears of them.
namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Manner = ScriptedWorker::Manner;

bool owns_all(SimDispatcher& dispatcher) {
  return dispatcher.engine().counts().partitions == limits::kPartitions;
}

/// A house with two workflows of two steps that travel apart, and a dispatcher that owns all of it.
struct Scene {
  Scene() {
    for (const char* name : {"review", "deploy"}) {
      house.define(make_graph(name, {make_step("a"), make_step("b", "noop", {0})}), false);
    }
    start();
  }
  void start() {
    dispatcher.emplace(house, ++last_life);
    house.time.run_until([&] { return owns_all(*dispatcher); }, 10s);
  }
  bool is_soon(const std::function<bool()>& holds, Micros within = 500ms) {
    return house.time.run_until(holds, within);
  }
  std::string phase(const RunId& run) {
    if (!house.tables.heads.contains(run)) return "none";
    const auto reasons = dispatcher->engine().find_reasons(run);
    if (house.is_closed(run) || !reasons) return std::string(to_string(house.phase_of(run)));
    return reasons->front().kind;
  }

  SimHouse house;
  std::uint64_t last_life = 100;
  std::optional<SimDispatcher> dispatcher;
};

TEST(Pauses, HoldTheRunsOfAWorkflowAndNoOthersUntilTheyAreLifted) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  scene.dispatcher->pause("workflow", "review");
  ASSERT_TRUE(scene.is_soon([&] { return !scene.dispatcher->engine().pauses().empty(); }, 20ms))
      << "nobody waits for the next beat";

  const RunId held = scene.dispatcher->start_run("review");
  const RunId other = scene.dispatcher->start_run("deploy");
  EXPECT_TRUE(scene.is_soon([&] { return scene.phase(other) == "completed"; }));
  EXPECT_EQ(scene.phase(held), "pause");
  const auto reasons = scene.dispatcher->engine().find_reasons(held);
  EXPECT_TRUE(reasons->front().detail.starts_with("workflow review is paused since "));
  EXPECT_TRUE(reasons->front().detail.ends_with(" by test"));
  EXPECT_EQ(worker.jobs.size(), 2u);

  scene.dispatcher->lift("workflow", "review");
  EXPECT_TRUE(scene.is_soon([&] { return scene.phase(held) == "completed"; }));
}

TEST(Pauses, OfASourceHoldWhatItStartedAlone) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  scene.dispatcher->pause("source", "github");
  scene.house.time.run_for(20ms);
  const RunId delivered = scene.dispatcher->start_run("review", "{}", "a delivery");
  const RunId asked = scene.dispatcher->start_run("review");
  EXPECT_TRUE(scene.is_soon([&] { return scene.phase(asked) == "completed"; }));
  EXPECT_EQ(scene.phase(delivered), "pause");
  scene.dispatcher->lift("source", "github");
  EXPECT_TRUE(scene.is_soon([&] { return scene.phase(delivered) == "completed"; }));
}

TEST(Pauses, WhatWorkersHaveBegunEndsAndNothingFollowsIt) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 4, [](const auto& step, auto) {
    return ScriptedWorker::Answer{step == "a" ? Manner::begin : Manner::finish};
  });
  const RunId run = scene.dispatcher->start_run("review");
  ASSERT_TRUE(scene.is_soon([&] { return worker.count("a") == 1; }));
  scene.dispatcher->pause("all");
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(run) == "pause"; }));
  worker.finish("a");
  scene.house.time.run_for(3s);
  EXPECT_EQ(worker.count("b"), 0u);
  scene.dispatcher->lift("all");
  EXPECT_TRUE(scene.is_soon([&] { return scene.phase(run) == "completed"; }));
}

TEST(Pauses, ADispatcherKnowsThemBeforeItPublishesAnything) {
  Scene scene;
  scene.dispatcher->pause("workflow", "review");
  scene.house.time.run_for(20ms);
  const RunId run = scene.dispatcher->start_run("review");
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(run) == "pause"; }));
  scene.dispatcher.reset();
  scene.house.tables.pauses.clear();
  scene.house.tables.pauses[{"all", ""}] = {"all", "", scene.house.database_clock.now(), "test", ""};
  ScriptedWorker worker(scene.house, 2);
  scene.start();
  const auto detail = [&] {
    const auto reasons = scene.dispatcher->engine().find_reasons(run);
    return reasons ? reasons->front().detail : std::string();
  };
  EXPECT_TRUE(scene.is_soon([&] { return detail().starts_with("everything is paused"); }, 5s));
  EXPECT_EQ(scene.dispatcher->engine().counts().jobs_published, 0u);
  EXPECT_TRUE(worker.jobs.empty());
}

TEST(Pauses, EveryDispatcherIsToldOfThem) {
  Scene scene;
  SimDispatcher other(scene.house, 7);
  scene.house.time.run_for(5s);
  ASSERT_GT(other.engine().counts().partitions, 0u);
  scene.dispatcher->pause("all");
  EXPECT_TRUE(scene.is_soon([&] { return other.engine().pauses().size() == 1; }, 20ms));
  scene.dispatcher->lift("all");
  EXPECT_TRUE(scene.is_soon([&] { return other.engine().pauses().empty(); }, 20ms));
}

TEST(Pauses, AreHeardOfByTheNextBeatWhereNoMessageArrives) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  scene.house.tables.pauses[{"workflow", "review"}] = {"workflow", "review", scene.house.database_clock.now(),
                                                       "test", ""};
  EXPECT_TRUE(scene.is_soon([&] { return !scene.dispatcher->engine().pauses().empty(); }, 1100ms));
  scene.house.tables.pauses.clear();
  EXPECT_TRUE(scene.is_soon([&] { return scene.dispatcher->engine().pauses().empty(); }, 1100ms));
}

TEST(Pauses, WhatWaitsForItsTurnIsNotPublished) {
  SimHouse house;
  std::vector<run::Step> steps;
  for (int i = 0; i < 30; ++i) steps.push_back(make_step("s" + std::to_string(i)));
  house.define(make_graph("wide", std::move(steps)));
  SimDispatcher dispatcher(house, 1);
  house.time.run_until([&] { return owns_all(dispatcher); }, 5s);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  house.time.run_for(500ms);
  const RunId run = dispatcher.start_run("wide");
  house.time.run_for(100ms);
  const std::uint64_t published = dispatcher.engine().counts().jobs_published;
  ASSERT_LT(published, 30u);
  dispatcher.pause("workflow", "wide");
  house.time.run_for(100ms);
  while (!worker.jobs.empty() && dispatcher.engine().counts().outstanding_jobs > 0) {
    for (const auto& job : std::exchange(worker.jobs, {})) worker.finish(job.slice.steps.front().key);
    house.time.run_for(50ms);
  }
  EXPECT_EQ(dispatcher.engine().counts().jobs_published, published);
  EXPECT_EQ(dispatcher.engine().counts().waiting_jobs, 0u);
  dispatcher.lift("workflow", "wide");
  house.time.run_for(50ms);
  for (int round = 0; round < 40 && !house.is_closed(run); ++round) {
    for (const auto& job : std::exchange(worker.jobs, {})) worker.finish(job.slice.steps.front().key);
    house.time.run_for(50ms);
  }
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(Pauses, OfThousandsOfRunsAreDecidedAFewAtATime) {
  constexpr std::size_t kRuns = 3'000;
  constexpr std::uint64_t kAhead = 1'024 + 256;
  SimHouse house;
  house.define(make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":3600})")}));
  bool is_slow = false;
  SimDispatcher dispatcher(house, 1, [&is_slow](log::CallKind kind) {
    log::Fate fate;
    if (is_slow && kind == log::CallKind::append) fate.before = 200ms;
    return fate;
  });
  house.time.run_until([&] { return owns_all(dispatcher); }, 5s);
  ScriptedWorker worker(house, 2);
  for (std::size_t i = 0; i < kRuns; ++i) dispatcher.start_run("nap");
  const auto counts = [&] { return dispatcher.engine().counts(); };
  ASSERT_TRUE(house.time.run_until([&] { return counts().timers >= kRuns; }, 5s));

  is_slow = true;
  const std::uint64_t before = counts().rows_decided;
  dispatcher.pause("workflow", "nap");
  house.time.run_for(150ms);
  EXPECT_GT(counts().rows_decided, before);
  EXPECT_LE(counts().rows_decided, before + kAhead) << "the log has answered none of them yet";
  EXPECT_TRUE(house.time.run_until([&] { return counts().rows_decided >= before + kRuns; }, 5s));

  is_slow = false;
  house.time.run_for(1s);
  std::size_t paused = 0;
  for (const auto& [id, head] : house.tables.heads) {
    const auto reasons = dispatcher.engine().find_reasons(id);
    paused += reasons && reasons->front().kind == "pause";
  }
  EXPECT_EQ(paused, kRuns);
}

}  // namespace
}  // namespace callboard::test
