#include "dispatcher/engine/fair_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/scripted_worker.hpp"

// The order in which jobs that wait go to the workers.
namespace callboard::dispatcher {
namespace {

struct Scene {
  /// A job of the party's; `run` is the turn of its run.
  std::uint64_t add(const std::string& party, std::int32_t priority = 0, std::uint64_t run = 1) {
    order.add({party, -priority, run, ++last});
    return last;
  }
  std::uint64_t take() {
    return order.take([this](std::uint64_t serial) { return !held.contains(serial); }).value_or(0);
  }

  FairOrder order;
  std::uint64_t last = 0;
  std::set<std::uint64_t> held;
};

TEST(FairOrder, ALatePartyIsBehindOneJobOfEachOther) {
  Scene scene;
  for (int i = 0; i < 10'000; ++i) scene.add("busy");
  for (int i = 0; i < 1'000; ++i) scene.add("busy too");
  for (int i = 0; i < 500; ++i) scene.take();
  const std::uint64_t late = scene.add("small");
  int others = 0;
  while (scene.take() != late) ++others;
  EXPECT_LE(others, 2);
}

TEST(FairOrder, APartyThatComesWithOneJobAtATimeHoldsUpNobody) {
  Scene scene;
  const std::uint64_t first = scene.add("zoo");
  const std::uint64_t second = scene.add("zoo");
  std::vector<std::uint64_t> taken;
  for (int i = 0; i < 6; ++i) {
    scene.add("ant");
    taken.push_back(scene.take());
  }
  EXPECT_EQ(std::ranges::count(taken, first), 1);
  EXPECT_EQ(std::ranges::count(taken, second), 1);
}

TEST(FairOrder, WithinAPartyPriorityThenTheTurnsOfRunsThenAgeDecide) {
  Scene scene;
  const std::uint64_t third = scene.add("a", 0, 1);
  const std::uint64_t last = scene.add("a", 0, 2);
  const std::uint64_t fourth = scene.add("a", 0, 1);
  const std::uint64_t first = scene.add("a", 7, 9);
  const std::uint64_t second = scene.add("a", 1, 9);
  for (const std::uint64_t expected : {first, second, third, fourth, last}) EXPECT_EQ(scene.take(), expected);
  EXPECT_EQ(scene.order.size(), 0u);
}

TEST(FairOrder, APriorityGoesPastNoOtherParty) {
  Scene scene;
  const std::uint64_t modest = scene.add("modest", -5);
  for (int i = 0; i < 3; ++i) scene.add("loud", 1000);
  std::vector<std::uint64_t> taken{scene.take(), scene.take()};
  EXPECT_EQ(std::ranges::count(taken, modest), 1);
}

TEST(FairOrder, WhatIsHeldKeepsItsPlaceAndHoldsUpNobody) {
  Scene scene;
  const std::uint64_t held = scene.add("a");
  const std::uint64_t free = scene.add("a");
  scene.held.insert(held);
  EXPECT_EQ(scene.take(), free);
  EXPECT_EQ(scene.take(), 0u);
  scene.held.clear();
  EXPECT_EQ(scene.take(), held);
}

TEST(FairOrder, WhatIsWithdrawnIsGone) {
  Scene scene;
  const std::uint64_t gone = scene.add("a");
  scene.order.remove({"a", 0, 1, gone});
  scene.order.remove({"a", 0, 1, gone});
  EXPECT_EQ(scene.order.size(), 0u);
  EXPECT_EQ(scene.take(), 0u);
  EXPECT_EQ(scene.take(), 0u);
  const std::uint64_t next = scene.add("a");
  EXPECT_EQ(scene.take(), next);
}

TEST(FairOrder, ALateRunOfAnotherWorkflowDoesNotWaitForAllOfABusyOne) {
  using namespace std::chrono_literals;
  test::SimHouse house;
  house.define(test::make_graph("busy", {test::make_step("a")}));
  house.define(test::make_graph("late", {test::make_step("a")}));
  test::SimDispatcher one(house, 1);
  ASSERT_TRUE(house.time.run_until([&] { return one.engine().counts().partitions > 0; }, 10s));
  test::ScriptedWorker worker(house, 2, 4, [](const auto&, auto) {
    return test::ScriptedWorker::Answer{test::ScriptedWorker::Manner::begin};
  });
  house.time.run_for(100ms);
  for (int i = 0; i < 300; ++i) one.start_run("busy");
  ASSERT_TRUE(house.time.run_until([&] { return one.engine().counts().waiting_jobs > 250; }, 10s));
  const RunId late = one.start_run("late");
  house.time.run_for(100ms);
  std::size_t before = worker.jobs.size();
  while (!house.is_closed(late) && worker.jobs.size() < 300) {
    worker.finish("a");
    house.time.run_for(20ms);
  }
  EXPECT_TRUE(house.is_closed(late));
  EXPECT_LE(worker.jobs.size() - before, 16u) << "what was on the bus already, and one of the busy one";
}

}  // namespace
}  // namespace callboard::dispatcher
