#include "topics/memory/memory_bus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/sim_loop.hpp"

namespace callboard::topics {
namespace {

using namespace std::chrono_literals;

class MemoryBusTest : public testing::Test {
 protected:
  /// Publishes `count` jobs; how many receipts came within the time-out.
  int publish(Bus& bus, int count) {
    int receipts = 0;
    for (int i = 0; i < count; ++i) {
      bus.jobs().publish("default", "run/" + std::to_string(i), std::to_string(i),
                         [&](Result<Receipt> receipt) { receipts += receipt ? 1 : 0; });
    }
    time.run_for(kPublishTimeout);
    return receipts;
  }

  test::SimTime time;
  test::SimLoop broker_loop{time};
  test::SimLoop loop{time};
  test::SimClock clock{time};
};

TEST_F(MemoryBusTest, going_back_to_a_backup_brings_old_jobs_and_loses_new_ones) {
  MemoryBus bus(broker_loop, clock);
  const auto end = bus.connect(loop);
  const auto source = end->make_source("default");
  std::vector<std::string> got;
  source->start([&](JobDelivery job) {
    got.push_back(job.bytes);
    source->ack(job.handle);
  });
  Receipt last;
  ASSERT_EQ(publish(*end, 2), 2);
  const MemoryStream backup = bus.snapshot();
  source->want(2);
  time.run_for(1s);
  ASSERT_EQ(bus.size(), 0u);
  end->jobs().publish("default", "run/new", "new", [&](Result<Receipt> receipt) { last = *receipt; });
  time.run_for(1s);

  bus.restore(backup);
  bool held = true;
  end->jobs().probe(last, "run/new", [&](Result<bool> answer) { held = *answer; });
  source->want(5);
  time.run_for(2s);

  EXPECT_FALSE(held);
  EXPECT_EQ(got, (std::vector<std::string>{"0", "1", "0", "1"}));
}

TEST_F(MemoryBusTest, lost_and_doubled_jobs_all_arrive_in_the_end) {
  test::SimRandom random(7);
  RandomFaults faults(random, {}, {.lost = 200, .doubled = 200, .delayed = 500, .longest_delay = 3s});
  MemoryBus bus(broker_loop, clock, &faults);
  const auto end = bus.connect(loop);
  const auto source = end->make_source("default");
  std::set<std::string> got;
  std::uint32_t arrived = 0;
  source->start([&](JobDelivery job) {
    ++arrived;
    got.insert(job.bytes);
    source->ack(job.handle);
    source->want(1);
  });
  source->want(4);

  const int receipts = publish(*end, 200);
  const std::size_t stored = got.size() + bus.size();
  time.run_for(10min);

  EXPECT_LT(receipts, 200) << "some publications or receipts are lost";
  EXPECT_GE(stored, static_cast<std::size_t>(receipts)) << "a receipt means that it was stored";
  EXPECT_EQ(bus.size(), 0u);
  EXPECT_GT(arrived, got.size()) << "some come twice";
}

TEST_F(MemoryBusTest, equal_seeds_give_equal_histories) {
  const auto history = [](std::uint64_t seed) {
    test::SimTime time;
    test::SimLoop loop(time);
    test::SimClock clock(time);
    test::SimRandom random(seed);
    RandomFaults faults(random, {.lost = 300, .doubled = 300, .delayed = 900, .longest_delay = 1s}, {});
    MemoryBus bus(loop, clock, &faults);
    const auto end = bus.connect(loop);
    std::string heard;
    end->notices().on_notice([&](std::string_view bytes) { heard += bytes; });
    end->notices().subscribe(1);
    for (char c = 'a'; c <= 'z'; ++c) end->notices().notify(1, std::string(1, c));
    time.run_for(2s);
    return heard;
  };

  EXPECT_EQ(history(1), history(1));
  EXPECT_NE(history(1), history(2));
  std::string sorted = history(1);
  EXPECT_FALSE(std::ranges::is_sorted(sorted)) << "delays reorder";
}

TEST_F(MemoryBusTest, an_end_that_dies_with_callbacks_on_their_way_harms_nobody) {
  MemoryBus bus(broker_loop, clock);
  auto end = bus.connect(loop);
  auto source = end->make_source("default");
  bool called = false;
  source->start([&](JobDelivery) { called = true; });
  source->want(1);
  end->jobs().publish("default", "run/1", "{}", [&](Result<Receipt>) { called = true; });
  while (bus.size() == 0) time.run_one();

  source.reset();
  end.reset();
  time.run_for(10s);

  EXPECT_FALSE(called);
  EXPECT_EQ(bus.size(), 1u);
}

TEST_F(MemoryBusTest, a_frozen_worker_keeps_its_job_no_longer_than_the_ack_wait) {
  test::SimLoop frozen(time);
  MemoryBus bus(broker_loop, clock);
  const auto frozen_end = bus.connect(frozen);
  const auto frozen_source = frozen_end->make_source("default");
  int at_frozen = 0;
  frozen_source->start([&](JobDelivery) { ++at_frozen; });
  frozen_source->want(1);
  frozen.freeze();
  const auto end = bus.connect(loop);
  ASSERT_EQ(publish(*end, 1), 1);

  const auto source = end->make_source("default");
  std::uint32_t deliveries = 0;
  source->start([&](JobDelivery job) { deliveries = job.deliveries; });
  source->want(1);
  time.run_for(1s);
  frozen.thaw();
  time.run_for(10ms);

  EXPECT_EQ(deliveries, 2u);
  EXPECT_EQ(at_frozen, 1) << "what was sent to it arrives when it wakes";
}

}  // namespace
}  // namespace callboard::topics
