#include <gtest/gtest.h>

#include "tests/support/scripted_worker.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Manner = ScriptedWorker::Manner;

run::Outcome failed(run::ErrorClass error_class) {
  run::Outcome outcome;
  outcome.type = run::EventType::step_failed;
  outcome.error = {error_class, "as the test says"};
  return outcome;
}

/// A dispatcher that owns every partition.
struct Lone {
  explicit Lone(SimHouse& house) : dispatcher(house, 1) {
    house.time.run_until([&] { return dispatcher.engine().counts().partitions == limits::kPartitions; }, 5s);
  }
  SimDispatcher dispatcher;
};

TEST(Engine, RunsAChainToItsEndInMilliseconds) {
  SimHouse house;
  house.define(
      make_graph("chain", {make_step("a"), make_step("b", "noop", {0}), make_step("c", "noop", {1})}), false);
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  const RunId run = lone.dispatcher.start_run("chain");
  EXPECT_TRUE(
      house.time.run_until([&] { return !house.tables.heads.empty() && house.is_closed(run); }, 100ms));
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  ASSERT_EQ(worker.jobs.size(), 3u);
  for (const auto& job : worker.jobs) EXPECT_FALSE(job.again);
  house.time.run_for(10ms);
  EXPECT_EQ(lone.dispatcher.engine().counts().open_runs, 0u);
  EXPECT_EQ(lone.dispatcher.engine().counts().outstanding_jobs, 0u);
  EXPECT_EQ(lone.dispatcher.engine().counts().timers, 0u);
}

TEST(Engine, SendsALineOfStepsAsOneJob) {
  SimHouse house;
  house.define(
      make_graph("line", {make_step("a"), make_step("b", "noop", {0}), make_step("c", "noop", {1})}));
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  const RunId run = lone.dispatcher.start_run("line");
  house.time.run_for(100ms);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  ASSERT_EQ(worker.jobs.size(), 1u);
  EXPECT_EQ(worker.jobs[0].slice.steps.size(), 3u);
}

TEST(Engine, FansOutAndWaitsForAll) {
  SimHouse house;
  std::vector<run::Step> steps{make_step("split")};
  std::vector<run::StepIndex> all;
  for (run::StepIndex i = 1; i <= 20; ++i) {
    steps.push_back(make_step("part" + std::to_string(i), "noop", {0}));
    all.push_back(i);
  }
  steps.push_back(make_step("join", "noop", all));
  house.define(make_graph("fan", std::move(steps)));
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  const RunId run = lone.dispatcher.start_run("fan");
  house.time.run_for(200ms);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  EXPECT_EQ(worker.jobs.size(), 22u);
  EXPECT_EQ(worker.jobs.back().slice.steps.front().key, "join");
}

TEST(Engine, PublishesNoMoreThanAWindowAhead) {
  SimHouse house;
  std::vector<run::Step> steps;
  for (int i = 0; i < 30; ++i) steps.push_back(make_step("s" + std::to_string(i)));
  house.define(make_graph("wide", std::move(steps)));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  house.time.run_for(500ms);
  const RunId run = lone.dispatcher.start_run("wide");
  house.time.run_for(100ms);
  const auto counts = lone.dispatcher.engine().counts();
  EXPECT_EQ(counts.outstanding_jobs, 8u);
  EXPECT_EQ(counts.waiting_jobs, 22u);
  const auto reasons = lone.dispatcher.engine().find_reasons(run);
  ASSERT_TRUE(reasons);
  EXPECT_EQ(std::ranges::count(*reasons, "window", &dispatcher::Engine::Reason::kind), 22);
}

TEST(Engine, PublishesHardlyAnythingForAPoolWithoutWorkers) {
  SimHouse house;
  std::vector<run::Step> steps;
  for (int i = 0; i < 30; ++i) steps.push_back(make_step("s" + std::to_string(i)));
  house.define(make_graph("wide", std::move(steps)));
  Lone lone(house);
  house.time.run_for(limits::kLease + 1s);
  const RunId run = lone.dispatcher.start_run("wide");
  house.time.run_for(1s);
  EXPECT_EQ(lone.dispatcher.engine().counts().outstanding_jobs, 2u);
  ScriptedWorker worker(house, 2, 4);
  house.time.run_for(2s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(Engine, TakesTurnsBetweenWorkflowsAndWithinOnePutsPriorityFirst) {
  SimHouse house;
  std::vector<run::Step> steps;
  for (int i = 0; i < 100; ++i) steps.push_back(make_step("s" + std::to_string(i)));
  steps.back().priority = 5;
  house.define(make_graph("wide", std::move(steps)));
  house.define(make_graph("narrow", {make_step("only")}));
  auto urgent = make_step("urgent");
  urgent.priority = 5;
  house.define(make_graph("urgent", {urgent}));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 1, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  house.time.run_for(500ms);
  lone.dispatcher.start_run("wide");
  house.time.run_for(50ms);
  lone.dispatcher.start_run("narrow");
  lone.dispatcher.start_run("urgent");
  house.time.run_for(50ms);
  for (int i = 0; i < 6; ++i) {
    worker.finish(worker.jobs.back().slice.steps.front().key);
    house.time.run_for(50ms);
  }
  std::vector<std::string> order;
  for (const auto& job : worker.jobs) order.push_back(job.slice.steps.front().key);
  const auto place = [&](const char* key) { return std::ranges::find(order, key) - order.begin(); };
  EXPECT_EQ(place("s99"), 0);
  EXPECT_LE(place("urgent"), 4) << "its priority is nothing to others";
  EXPECT_LE(place("only"), 4);
}

TEST(Engine, TriesAgainAfterTheBackoff) {
  SimHouse house;
  auto step = make_step("flaky");
  step.retry.max_attempts = 3;
  step.retry.classes = run::default_retry_classes();
  step.retry.jitter = 0;
  house.define(make_graph("retry", {step}));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 16, [](const auto&, std::uint32_t attempt) {
    return ScriptedWorker::Answer{Manner::finish,
                                  attempt < 3 ? failed(run::ErrorClass::network) : run::Outcome{}};
  });
  const RunId run = lone.dispatcher.start_run("retry");
  house.time.run_for(500ms);
  EXPECT_EQ(worker.jobs.size(), 1u);
  EXPECT_EQ(lone.dispatcher.engine().find_reasons(run)->front().kind, "retry");
  house.time.run_for(1s);
  EXPECT_EQ(worker.jobs.size(), 2u);
  house.time.run_for(3s);
  EXPECT_EQ(worker.jobs.size(), 3u);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(Engine, HoldsASleepItselfAndShowsTheRunAsWaiting) {
  SimHouse house;
  house.define(make_graph(
      "nap", {make_step("nap", "sleep", {}, R"({"for":"10s"})"), make_step("after", "noop", {0})}));
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  const RunId run = lone.dispatcher.start_run("nap");
  house.time.run_for(5s);
  EXPECT_EQ(worker.jobs.size(), 0u);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::waiting);
  house.time.run_for(6s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(Engine, EndsARunThatTakesTooLong) {
  SimHouse house;
  auto graph = make_graph("slow", {make_step("forever", "sleep", {}, R"({"for":"1h"})")});
  graph.timeout = 20s;
  house.define(std::move(graph));
  Lone lone(house);
  const RunId run = lone.dispatcher.start_run("slow");
  house.time.run_for(19s);
  EXPECT_FALSE(house.is_closed(run));
  house.time.run_for(5s);
  EXPECT_TRUE(house.is_closed(run));
}

TEST(Engine, TurnsParamsThatCannotBeRenderedIntoAFailureOfTheStep) {
  SimHouse house;
  house.define(make_graph("bad", {make_step("bad", "noop", {}, R"({"x":"${ inputs.big }"})")}));
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  const RunId run =
      lone.dispatcher.start_run("bad", R"({"big":")" + std::string(limits::kRenderedBytes, 'x') + R"("})");
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::failed);
  EXPECT_EQ(worker.jobs.size(), 0u);
}

TEST(Engine, TellsWaitersOfTheEndAndFollowersOfEachEvent) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  const RunId run = lone.dispatcher.start_run("one");
  bool closed = false, timed_out = false, unknown = false;
  std::vector<std::string> keys;
  house.time.run_until([&] { return lone.dispatcher.engine().counts().open_runs == 1; }, 1s);
  lone.dispatcher.engine().follow(run, [&](const run::Event& event) { keys.push_back(event.key); });
  lone.dispatcher.engine().when_closed(
      run, 10s, [&](bool is_closed, const run::Graph* graph, const run::RunState* state) {
        closed = is_closed && graph != nullptr && state->phase == run::RunPhase::completed;
      });
  lone.dispatcher.engine().when_closed(
      lone.dispatcher.engine().make_run_id(), 10s,
      [&](bool is_closed, const run::Graph*, const run::RunState*) { unknown = !is_closed; });
  house.time.run_for(500ms);
  EXPECT_TRUE(closed);
  EXPECT_TRUE(unknown);
  EXPECT_EQ(keys, (std::vector<std::string>{"g1/a/1/result", "d/1"}));

  house.define(make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":"1h"})")}));
  const RunId nap = lone.dispatcher.start_run("nap");
  house.time.run_for(100ms);
  lone.dispatcher.engine().when_closed(
      nap, 2s, [&](bool is_closed, const run::Graph*, const run::RunState*) { timed_out = !is_closed; });
  house.time.run_for(1s);
  EXPECT_FALSE(timed_out);
  house.time.run_for(2s);
  EXPECT_TRUE(timed_out);
}

TEST(Engine, StopsWorkersBeforeACancelledRunCloses) {
  SimHouse house;
  house.define(make_graph("two", {make_step("busy"), make_step("queued", "noop", {0})}), false);
  Lone lone(house);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  const RunId run = lone.dispatcher.start_run("two");
  house.time.run_for(200ms);
  lone.dispatcher.cancel(run);
  house.time.run_for(3s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelling) << "its worker lives and has not stopped";
  EXPECT_GE(worker.stops.size(), 3u) << "told again and again";
  worker.finish("busy", failed(run::ErrorClass::cancelled));
  house.time.run_for(1500ms);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelled);
  EXPECT_EQ(worker.count("queued"), 0u);
  EXPECT_TRUE(house.tables.events.contains({run, "g1/queued/1/result"})) << "no late worker can complete it";
}

TEST(Engine, StopsWithoutLeavingAnythingBehind) {
  SimHouse house;
  house.define(make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":"1h"})")}));
  Lone lone(house);
  lone.dispatcher.start_run("nap");
  house.time.run_for(100ms);
  bool stopped = false;
  lone.dispatcher.engine().stop([&] { stopped = true; });
  house.time.run_for(100ms);
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(house.tables.leases.empty());
  EXPECT_FALSE(lone.dispatcher.engine().is_ready());
}

}  // namespace
}  // namespace callboard::test
