#include <gtest/gtest.h>

#include "tests/support/scripted_worker.hpp"

// Runs and steps of which only so many begin in a time: who begins when, and what is left of it by a death.
namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Manner = ScriptedWorker::Manner;

run::Throttle make_throttle(const char* key, std::uint32_t limit, Micros per) {
  return {.key = *expression::parse_text(key, expression::Opening::dollar_brace), .limit = limit, .per = per};
}

struct Scene {
  Scene() {
    run::Graph runs = make_graph("runs", {make_step("a")});
    runs.throttle = make_throttle("few", 2, 1min);
    house.define(std::move(runs));
    run::Graph grouped = make_graph("grouped", {make_step("a")});
    grouped.throttle = make_throttle("few", 2, 1min);
    grouped.concurrency =
        run::Concurrency{.group = *expression::parse_text("g", expression::Opening::dollar_brace)};
    house.define(std::move(grouped));
    run::Step limited = make_step("call");
    limited.throttle = make_throttle("provider", 2, 10s);
    limited.retry.max_attempts = 2;
    limited.retry.classes = run::default_retry_classes();
    limited.retry.base_delay = 1ms;
    limited.retry.jitter = 0;
    limited.queue_timeout = 5s;
    run::Step each = limited;
    each.for_each = *expression::parse_expression("fromJSON('[1,2,3,4,5]')");
    house.define(make_graph("plain", {make_step("busy")}));
    house.define(make_graph("other", {limited}));
    house.define(make_graph("step", {limited}));
    house.define(make_graph("map", {each}));
    start(one);
  }
  void start(std::optional<SimDispatcher>& dispatcher) {
    dispatcher.emplace(house, ++last_life);
    house.time.run_until([&] { return dispatcher->engine().counts().partitions > 0; }, 10s);
  }
  std::vector<RunId> make(const std::string& workflow, int count) {
    std::vector<RunId> runs;
    for (int i = 0; i < count; ++i) {
      runs.push_back(one->start_run(workflow));
      house.time.run_for(2ms);  // the next is younger
    }
    house.time.run_for(50ms);
    return runs;
  }
  bool is_soon(const std::function<bool()>& holds, Micros within = 2s) {
    return house.time.run_until(holds, within);
  }
  std::size_t closed(const std::vector<RunId>& runs) {
    return static_cast<std::size_t>(
        std::ranges::count_if(runs, [&](const RunId& run) { return house.is_closed(run); }));
  }
  /// Times of the events of this type, in order.
  std::vector<Time> times(run::EventType type) {
    std::vector<Time> out;
    for (const auto& [position, key] : house.tables.positions) {
      if (house.tables.events.at(key).type == type) out.push_back(house.tables.events.at(key).at);
    }
    std::ranges::sort(out);
    return out;
  }

  SimHouse house;
  std::uint64_t last_life = 100;
  std::optional<SimDispatcher> one;
  std::optional<SimDispatcher> other;
};

ScriptedWorker::Script begin_all() {
  return [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; };
}

TEST(Throttle, RunsBeginByAgeAsTheirTurnsComeAndSayWhen) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16);
  const auto runs = scene.make("runs", 5);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 2; }));
  const auto first = scene.times(run::EventType::run_admitted);
  const auto reasons = scene.one->engine().find_reasons(runs[2]);
  ASSERT_EQ(reasons->front().kind, "throttle");
  EXPECT_EQ(reasons->front().until, first[0] + 1min);
  EXPECT_EQ(reasons->front().detail, R"(throttle "few" (at most 2 runs in 1m))");
  EXPECT_EQ(scene.one->engine().find_reasons(runs[4])->front().until, first[0] + 2min);
  scene.house.time.run_for(50s);
  EXPECT_EQ(scene.closed(runs), 2u);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 4; }, 20s));
  EXPECT_FALSE(scene.house.is_closed(runs[4]));
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 5; }, 70s));
  const auto begins = scene.times(run::EventType::run_admitted);
  for (std::size_t at = 2; at < begins.size(); ++at) EXPECT_GE(begins[at] - begins[at - 2], Micros(1min));
}

TEST(Throttle, TheQueueOutlivesItsOwner) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16);
  const auto runs = scene.make("runs", 5);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 2; }));
  scene.one.reset();
  scene.house.time.run_for(70s);
  EXPECT_EQ(scene.closed(runs), 2u);
  scene.start(scene.one);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 4; }, 20s));
  scene.house.time.run_for(30s);
  EXPECT_EQ(scene.closed(runs), 4u) << "what the dead one let begin still counts";
  EXPECT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 5; }, 60s));
}

TEST(Throttle, ARunThatIsCancelledInTheQueueLeavesItsTurnToTheNext) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16);
  const auto runs = scene.make("runs", 5);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 2; }));
  scene.one->cancel(runs[2]);
  ASSERT_TRUE(scene.is_soon([&] { return scene.house.is_closed(runs[2]); }));
  EXPECT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 5; }, 70s));
}

TEST(Throttle, WithAGroupARunNamesWhatItLacks) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const auto runs = scene.make("grouped", 3);
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 1; }));
  EXPECT_EQ(scene.one->engine().find_reasons(runs[1])->front().kind, "place");
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 2; }));
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] {
    const auto reasons = scene.one->engine().find_reasons(runs[2]);
    return reasons && reasons->front().kind == "throttle" && reasons->size() == 1;
  }));
  EXPECT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 3; }, 70s));
}

TEST(Throttle, StepsOfAllRunsShareTheTurnsOfAKeyAndWaitWithoutAWorker) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16);
  const auto runs = scene.make("step", 5);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 2; }));
  EXPECT_EQ(worker.jobs.size(), 2u) << "no job is published without its turn";
  const auto reasons = scene.one->engine().find_reasons(runs[2]);
  ASSERT_EQ(reasons->front().kind, "throttle");
  EXPECT_EQ(reasons->front().until, scene.times(run::EventType::step_admitted)[0] + 10s);
  EXPECT_EQ(reasons->front().detail, R"(throttle "provider" (at most 2 attempts in 10s))");
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 5; }, 25s));
  for (const RunId& run : runs)
    EXPECT_EQ(scene.house.phase_of(run), run::RunPhase::completed) << "nothing timed out";
  const auto begins = scene.times(run::EventType::step_admitted);
  for (std::size_t at = 2; at < begins.size(); ++at) EXPECT_GE(begins[at] - begins[at - 2], Micros(10s));
}

TEST(Throttle, EachItemAndEachAttemptTakesATurn) {
  Scene scene;
  bool has_failed = false;
  ScriptedWorker worker(scene.house, 2, 16, [&](const auto&, auto) {
    if (std::exchange(has_failed, true)) return ScriptedWorker::Answer{};
    return ScriptedWorker::Answer{
        Manner::finish, {.type = run::EventType::step_failed, .error = {run::ErrorClass::network, "away"}}};
  });
  const auto runs = scene.make("map", 1);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 1; }, 60s));
  EXPECT_EQ(scene.house.phase_of(runs[0]), run::RunPhase::completed);
  EXPECT_EQ(scene.times(run::EventType::step_admitted).size(), 6u) << "five items, one of them tried again";
}

TEST(Throttle, AStepThatHadItsTurnKeepsItOverTheDeathOfItsOwner) {
  Scene scene;
  std::vector<RunId> runs;
  {  // nobody takes the jobs
    runs = scene.make("step", 3);
    ASSERT_TRUE(scene.is_soon([&] { return scene.times(run::EventType::step_admitted).size() == 2; }));
    scene.one.reset();
  }
  scene.start(scene.one);
  ScriptedWorker worker(scene.house, 2, 16);
  ASSERT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 3; }, 40s));
  EXPECT_EQ(scene.times(run::EventType::step_admitted).size(), 3u) << "no turn was taken twice";
}

TEST(Throttle, NoStepTakesATurnBeforeAWorkerHasRoomForIt) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 1, begin_all());
  scene.make("plain", 1);
  const auto runs = scene.make("step", 3);
  const auto turns = [&] { return scene.times(run::EventType::step_admitted).size(); };
  scene.house.time.run_for(3s);
  EXPECT_EQ(turns(), 0u);
  EXPECT_EQ(scene.one->engine().find_reasons(runs[0])->front().kind, "throttle");
  worker.finish("busy");
  ASSERT_TRUE(scene.is_soon([&] { return turns() == 1; }));
  scene.house.time.run_for(3s);
  EXPECT_EQ(turns(), 1u) << "it holds the only slot";
  worker.finish("call");
  EXPECT_TRUE(scene.is_soon([&] { return turns() == 2; }));
}

TEST(Throttle, OfAPoolThatIsAlwaysFullOneAttemptWaitsWithItsTurn) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 1, begin_all());
  scene.make("plain", 3);
  scene.make("step", 3);
  scene.house.time.run_for(30s);
  EXPECT_EQ(scene.times(run::EventType::step_admitted).size(), 1u);
}

TEST(Throttle, WithoutAnyWorkerAStepSaysSoAndTakesNoTurn) {
  Scene scene;
  scene.house.time.run_for(30s);  // long enough to have heard of workers
  const auto runs = scene.make("step", 1);
  scene.house.time.run_for(1s);
  EXPECT_EQ(scene.one->engine().find_reasons(runs[0])->front().kind, "no_worker");
  EXPECT_TRUE(scene.times(run::EventType::step_admitted).empty());
  ScriptedWorker worker(scene.house, 2, 16);
  EXPECT_TRUE(scene.is_soon([&] { return scene.closed(runs) == 1; }, 10s));
}

TEST(Throttle, PartiesTakeTurnsOfAKeyAbout) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16);
  const auto busy = scene.make("step", 14);  // of 2 in 10 s: a minute and more
  const auto late = scene.make("other", 1);
  ASSERT_TRUE(scene.is_soon([&] { return scene.house.is_closed(late[0]); }, 35s));
  EXPECT_LE(scene.closed(busy), 8u);
}

TEST(Throttle, ManyItemsOfOneRunDoNotHoldUpAnotherRun) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16);
  const auto busy = scene.make("map", 1);
  const auto late = scene.make("step", 1);
  ASSERT_TRUE(scene.is_soon([&] { return scene.house.is_closed(late[0]); }, 25s));
  EXPECT_FALSE(scene.house.is_closed(busy[0]));
}

}  // namespace
}  // namespace callboard::test
