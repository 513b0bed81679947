#include <gtest/gtest.h>

#include "tests/support/scripted_worker.hpp"

// Runs that rest for long are not in memory, and come back in time or when somebody asks something of them.
namespace callboard::test {
namespace {

using namespace std::chrono_literals;

/// A house with a run that sleeps and one that waits, each with a step behind it.
struct Scene {
  Scene() {
    house.define(
        make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":600})"), make_step("b", "noop", {0})}));
    house.define(make_graph("doze", {make_step("nap", "sleep", {}, R"({"for":20})")}));
    run::Step wait = make_step("w", "wait", {}, R"({"signal":"go"})");
    wait.timeout = 24h;
    house.define(make_graph("wait", {wait, make_step("b", "noop", {0})}));
    start();
  }
  void start() {
    dispatcher.emplace(house, ++last_life);
    house.time.run_until([&] { return dispatcher->engine().counts().partitions == limits::kPartitions; },
                         10s);
  }
  dispatcher::Engine& engine() { return dispatcher->engine(); }
  bool is_parked(const RunId& run) { return engine().find_parked(run) && !engine().find_reasons(run); }
  bool parks(const RunId& run) {
    return house.time.run_until([&] { return is_parked(run); }, 10s);
  }
  bool closes(const RunId& run, Micros within) {
    return house.time.run_until([&] { return house.is_closed(run); }, within);
  }

  SimHouse house;
  std::uint64_t last_life = 200;
  std::optional<SimDispatcher> dispatcher;
};

TEST(Parked, ALongSleepIsNotInMemoryAndEndsOnTime) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("nap");
  ASSERT_TRUE(scene.parks(run));
  EXPECT_EQ(scene.engine().counts().open_runs, 1u) << "it is open, and this engine's";
  EXPECT_EQ(scene.engine().counts().timers, 1u);
  const Time due = *scene.engine().find_parked(run);
  scene.house.time.run_until([&] { return scene.house.database_clock.now() >= due - 1s; }, 20min);
  EXPECT_FALSE(scene.engine().find_parked(run)) << "it was read again before its time";
  ASSERT_TRUE(scene.closes(run, 2s));
  const auto& head = scene.house.tables.heads.at(run);
  EXPECT_EQ(head.phase, run::RunPhase::completed);
  EXPECT_LT(*head.closed_at - due, 500ms);
}

TEST(Parked, AShortSleepStaysInMemory) {
  Scene scene;
  const RunId run = scene.dispatcher->start_run("doze");
  scene.house.time.run_for(10s);
  EXPECT_FALSE(scene.engine().find_parked(run));
  EXPECT_TRUE(scene.engine().find_reasons(run));
  EXPECT_TRUE(scene.closes(run, 15s));
}

TEST(Parked, ASignalBringsItBack) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("wait");
  ASSERT_TRUE(scene.parks(run));
  scene.dispatcher->signal(run, "go");
  EXPECT_TRUE(scene.closes(run, 5s));
  EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::completed);
}

TEST(Parked, ACancelBringsItBack) {
  Scene scene;
  const RunId run = scene.dispatcher->start_run("nap");
  ASSERT_TRUE(scene.parks(run));
  scene.dispatcher->command(run, {.name = "cancel", .actor = "somebody"});
  EXPECT_TRUE(scene.closes(run, 5s));
  EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::cancelled);
}

TEST(Parked, APauseThatStandsOverItIsRecordedAtOnce) {
  Scene scene;
  const RunId run = scene.dispatcher->start_run("nap");
  ASSERT_TRUE(scene.parks(run));
  scene.dispatcher->pause("workflow", "nap");
  EXPECT_TRUE(
      scene.house.time.run_until([&] { return scene.house.phase_of(run) == run::RunPhase::paused; }, 5s));
}

TEST(Parked, APausedRunIsParkedToo) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("doze");
  scene.dispatcher->command(run, {.name = "pause", .actor = "somebody", .generation = 1});
  scene.house.time.run_for(40s);
  ASSERT_TRUE(scene.parks(run)) << "its timer is over, and means nothing while it is paused";
  EXPECT_EQ(scene.engine().find_parked(run), Time::max());
  scene.dispatcher->command(run, {.name = "resume", .actor = "somebody", .generation = 1});
  EXPECT_TRUE(scene.closes(run, 5s));
}

TEST(Parked, WhoTakesItOverHasItInMemoryForNoTurnMoreThanItsFoldTakes) {
  Scene scene;
  const RunId run = scene.dispatcher->start_run("nap");
  ASSERT_TRUE(scene.parks(run));
  scene.dispatcher.reset();
  scene.house.tables.heads.at(run).phase = run::RunPhase::running;  // its first owner died before it said so
  scene.start();
  ASSERT_TRUE(scene.house.time.run_until([&] { return scene.is_parked(run); }, 200ms));
  scene.house.time.run_for(1s);
  EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::waiting);
}

TEST(Parked, WhoTakesItOverParksItAndWakesItOnTime) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId run = scene.dispatcher->start_run("nap");
  ASSERT_TRUE(scene.parks(run));
  const Time due = *scene.engine().find_parked(run);
  scene.dispatcher.reset();
  scene.start();
  ASSERT_TRUE(scene.parks(run));
  EXPECT_EQ(scene.engine().find_parked(run), due);
  EXPECT_TRUE(scene.closes(run, 11min));
  EXPECT_LT(*scene.house.tables.heads.at(run).closed_at - due, 500ms);
}

}  // namespace
}  // namespace callboard::test
