#include <gtest/gtest.h>

#include <map>

#include "tests/support/scripted_worker.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Manner = ScriptedWorker::Manner;

std::size_t partitions_of(SimDispatcher& dispatcher) { return dispatcher.engine().counts().partitions; }

TEST(EngineOwnership, TwoDispatchersShareThePartitions) {
  SimHouse house;
  SimDispatcher a(house, 1);
  house.time.run_for(3s);
  EXPECT_EQ(partitions_of(a), 64u);
  SimDispatcher b(house, 2);
  house.time.run_for(5s);
  EXPECT_EQ(partitions_of(a), 32u);
  EXPECT_EQ(partitions_of(b), 32u);
  for (Partition partition = 0; partition < limits::kPartitions; ++partition) {
    EXPECT_NE(a.engine().owns(partition), b.engine().owns(partition)) << partition;
  }
}

TEST(EngineOwnership, RunsOfADeadDispatcherAreTakenOverAtOnceAndPublishedAgain) {
  SimHouse house;
  house.define(make_graph("chain", {make_step("a"), make_step("b", "noop", {0})}), false);
  auto a = std::make_unique<SimDispatcher>(house, 1);
  SimDispatcher b(house, 2);
  house.time.run_for(5s);
  std::vector<RunId> runs;
  for (int i = 0; i < 10; ++i) runs.push_back(a->start_run("chain"));
  house.time.run_for(100ms);
  a.reset();
  ScriptedWorker worker(house, 3);
  house.time.run_for(6s);
  EXPECT_EQ(partitions_of(b), 64u);
  for (const RunId& run : runs) EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  EXPECT_TRUE(std::ranges::any_of(worker.jobs, &topics::Job::again));
}

TEST(EngineOwnership, AFrozenOwnerActsNoMoreOnceItsLeaseIsOver) {
  SimHouse house;
  house.define(
      make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":"20s"})"), make_step("b", "noop", {0})}));
  SimDispatcher a(house, 1);
  house.time.run_for(3s);
  const RunId run = a.start_run("nap");
  house.time.run_for(100ms);
  a.loop().freeze();
  SimDispatcher b(house, 2);
  ScriptedWorker worker(house, 3);
  house.time.run_for(60s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  a.loop().thaw();
  house.time.run_for(10s);
  EXPECT_EQ(worker.count("b"), 1u);
  EXPECT_EQ(partitions_of(a) + partitions_of(b), 64u);
  EXPECT_EQ(a.engine().counts().open_runs, 0u);
}

TEST(EngineOwnership, WhoLosesADecisionsNumberFoldsTheRunAnew) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  SimDispatcher a(house, 1);
  house.time.run_for(3s);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  const RunId run = a.start_run("one");
  house.time.run_for(200ms);
  // given a second owner that has decided to cancel, of which the first one has heard nothing
  run::Decision cancelling;
  cancelling.type = run::EventType::run_cancelling;
  cancelling.error = {run::ErrorClass::cancelled, "by the other owner"};
  run::Event row;
  row.run = run;
  row.key = "d/1";
  row.type = run::EventType::run_cancelling;
  row.at = house.database_clock.now();
  row.data = run::encode_decisions(*house.graphs.at("one"), {cancelling});
  house.tables.insert(row);
  // when the first one decides to complete it
  worker.finish("a");
  house.time.run_for(3s);
  EXPECT_EQ(a.engine().counts().decisions_lost, 1u);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelled);
}

TEST(EngineOwnership, ACommandOfAnotherProcessComesByTheInbox) {
  SimHouse house;
  house.define(make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":"1h"})")}));
  SimDispatcher a(house, 1);
  SimDispatcher b(house, 2);
  house.time.run_for(5s);
  const RunId run = a.start_run("nap");
  house.time.run_for(100ms);
  b.cancel(run);
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelled);
  house.time.run_for(1s);
  EXPECT_TRUE(house.tables.inbox.empty());
}

TEST(EngineOwnership, ARunTakenOverThatOnlySleepsIsCancelledAtOnce) {
  SimHouse house;
  house.define(
      make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":"1h"})"), make_step("b", "noop", {0})}));
  auto a = std::make_unique<SimDispatcher>(house, 1);
  house.time.run_for(3s);
  const RunId run = a->start_run("nap");
  house.time.run_for(100ms);
  a.reset();
  SimDispatcher b(house, 2);
  house.time.run_for(1s);
  b.cancel(run);
  house.time.run_for(500ms);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelled) << "no worker can be at it";
}

TEST(EngineOwnership, ARunTakenOverWhoseJobMayBeOnItsWayIsCancelledAfterAGrace) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  auto a = std::make_unique<SimDispatcher>(house, 1);
  house.time.run_for(3s);
  const RunId run = a->start_run("one");
  house.time.run_for(100ms);
  a.reset();
  SimDispatcher b(house, 2);
  house.time.run_for(1s);
  b.cancel(run);
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelling);
  house.time.run_for(3s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::cancelled);
}

TEST(EngineOwnership, WhatAPersonAsksForDoesNotWaitBehindATakeover) {
  SimHouse house;
  house.define(make_graph("nap", {make_step("nap", "sleep", {}, R"({"for":"1h"})")}));
  auto a = std::make_unique<SimDispatcher>(house, 1);
  house.time.run_for(3s);
  std::vector<RunId> runs;
  for (int i = 0; i < 3'000; ++i) runs.push_back(a->start_run("nap"));
  house.time.run_for(1s);
  a.reset();
  // given a database that answers a reading after half a second, hence loads that take some seconds
  SimDispatcher b(house, 2, [](log::CallKind kind) {
    return log::Fate{.after = kind == log::CallKind::read ? Micros(500ms) : Micros(0)};
  });
  std::map<Partition, RunId> asked;
  for (const RunId& run : runs) asked.emplace(partition_of(run, limits::kPartitions), run);
  for (const auto& [partition, run] : asked) b.cancel(run);
  const auto are_closed = [&] {
    return std::ranges::all_of(asked, [&](const auto& each) { return house.is_closed(each.second); });
  };
  ASSERT_TRUE(house.time.run_until(are_closed, 10s));
  EXPECT_LT(b.engine().counts().open_runs, 2'000u) << "the others are still being loaded";
  house.time.run_for(10s);
  EXPECT_EQ(b.engine().counts().open_runs, runs.size() - asked.size());
}

TEST(EngineOwnership, ARunMadeByAProcessThatOwnsNothingComesByTheInbox) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  SimDispatcher a(house, 1);
  house.time.run_for(3s);
  SimDispatcher b(house, 2);
  ScriptedWorker worker(house, 3);
  const RunId run = b.start_run("one");
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(EngineOwnership, AnOpenRunThatNobodyWasToldOfIsFoundByTheComparison) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  SimDispatcher a(house, 1);
  house.time.run_for(3s);
  ScriptedWorker worker(house, 2);
  const RunId run = a.start_run("one");
  house.time.run_until([&] { return house.tables.heads.contains(run); }, 1s);
  a.engine().notice({});
  house.tables.inbox.clear();
  house.time.run_for(limits::kOpenRunsCheck + 1s);
  EXPECT_TRUE(house.is_closed(run));
}

}  // namespace
}  // namespace callboard::test
