#include "tests/contract/bus_contract.hpp"

#include <chrono>
#include <set>

/// The suite itself, linked into each adapter's program.
namespace callboard::test {

using namespace std::chrono_literals;
using topics::Bus;
using topics::JobDelivery;
using topics::Receipt;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BusContract);

TEST_P(BusContract, delivers_a_job_once_with_its_bytes) {
  const auto bus = world->connect();
  Taker taker(*bus);
  const std::string bytes = R"({"text":"zwölf\nüber\u0000"})";

  ASSERT_TRUE(publish(*bus, "run/1", bytes));
  taker.source->want(4);

  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));
  EXPECT_EQ(taker.jobs[0].bytes, bytes);
  EXPECT_EQ(taker.jobs[0].id, "run/1");
  EXPECT_EQ(taker.jobs[0].deliveries, 1u);
  EXPECT_LT(taker.jobs[0].age, 5s);
  taker.source->ack(taker.jobs[0].handle);
  pass(limits::kAckWait + 500ms);
  EXPECT_EQ(taker.jobs.size(), 1u);
}

TEST_P(BusContract, delivers_again_after_the_ack_wait_and_counts) {
  const auto bus = world->connect();
  Taker taker(*bus);
  ASSERT_TRUE(publish(*bus, "run/1"));

  taker.source->want(2);

  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 2; }));
  EXPECT_EQ(taker.jobs[1].deliveries, 2u);
  EXPECT_GE(taker.jobs[1].age, limits::kAckWait - 100ms);
  EXPECT_NE(taker.jobs[1].handle, taker.jobs[0].handle);
}

TEST_P(BusContract, renewal_keeps_a_job) {
  const auto bus = world->connect();
  Taker taker(*bus);
  ASSERT_TRUE(publish(*bus, "run/1"));
  taker.source->want(2);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  for (int i = 0; i < 6; ++i) {
    taker.source->renew({taker.jobs[0].handle});
    pass(limits::kAckRenewal);
  }

  EXPECT_EQ(taker.jobs.size(), 1u);
  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() == 2; })) << "without renewal it comes again";
}

TEST_P(BusContract, handed_back_comes_again_not_before_its_delay) {
  const auto bus = world->connect();
  Taker taker(*bus);
  ASSERT_TRUE(publish(*bus, "run/1"));
  taker.source->want(2);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  taker.source->hand_back(taker.jobs[0].handle, 1500ms);

  pass(1200ms);
  EXPECT_EQ(taker.jobs.size(), 1u);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 2; }, 2s));
  EXPECT_EQ(taker.jobs[1].deliveries, 2u);
}

TEST_P(BusContract, handed_back_without_delay_comes_at_once) {
  const auto bus = world->connect();
  Taker taker(*bus);
  ASSERT_TRUE(publish(*bus, "run/1"));
  taker.source->want(2);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  taker.source->hand_back(taker.jobs[0].handle, 0us);

  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() == 2; }, limits::kAckWait / 2));
}

TEST_P(BusContract, delivers_no_more_than_was_wanted) {
  const auto bus = world->connect();
  Taker taker(*bus);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(publish(*bus, "run/" + std::to_string(i)));

  taker.source->want(3);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 3; }));
  pass(300ms);
  EXPECT_EQ(taker.jobs.size(), 3u);

  taker.source->want(2);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 5; }));
  pass(300ms);
  EXPECT_EQ(taker.jobs.size(), 5u);
}

TEST_P(BusContract, what_is_wanted_before_it_is_there_is_delivered_when_it_comes) {
  const auto bus = world->connect();
  Taker taker(*bus);
  taker.source->want(8);
  pass(200ms);

  for (int i = 0; i < 8; ++i) ASSERT_TRUE(publish(*bus, "run/" + std::to_string(i)));

  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() == 8; }));
}

TEST_P(BusContract, slots_freed_one_by_one_are_used_one_by_one) {
  const auto bus = world->connect();
  Taker taker(*bus);
  constexpr std::size_t kJobs = 60;
  std::size_t published = 0;
  for (std::size_t i = 0; i < kJobs; ++i) {
    bus->jobs().publish("default", "run/" + std::to_string(i), "{}",
                        [&](auto receipt) { published += receipt ? 1 : 0; });
  }
  ASSERT_TRUE(runs_until([&] { return published == kJobs; }));
  taker.source->want(8);

  std::size_t done = 0;
  ASSERT_TRUE(runs_until([&] {
    for (; done < taker.jobs.size(); ++done) {
      taker.source->ack(taker.jobs[done].handle);
      taker.source->want(1);
    }
    return done == kJobs;
  }));

  pass(limits::kAckWait + 300ms);
  EXPECT_EQ(taker.jobs.size(), kJobs);
}

TEST_P(BusContract, two_sources_share_a_pool) {
  const auto bus = world->connect();
  const auto other = world->connect();
  Taker one(*bus);
  Taker two(*other);
  one.source->want(20);
  two.source->want(20);
  pass(100ms);

  for (int i = 0; i < 20; ++i) ASSERT_TRUE(publish(*bus, "run/" + std::to_string(i), std::to_string(i)));

  ASSERT_TRUE(runs_until([&] { return one.jobs.size() + two.jobs.size() == 20; }));
  std::set<std::string> seen;
  for (const Taker* taker : {&one, &two}) {
    for (const JobDelivery& job : taker->jobs) {
      EXPECT_EQ(job.deliveries, 1u);
      seen.insert(job.bytes);
    }
  }
  EXPECT_EQ(seen.size(), 20u);
  EXPECT_FALSE(one.jobs.empty());
  EXPECT_FALSE(two.jobs.empty());
}

TEST_P(BusContract, pools_are_lanes_of_their_own) {
  const auto bus = world->connect();
  Taker quick(*bus, "quick");
  Taker gpu(*bus, "linux.gpu");
  quick.source->want(5);
  gpu.source->want(5);

  ASSERT_TRUE(publish(*bus, "run/1", "one", "quick"));
  ASSERT_TRUE(publish(*bus, "run/2", "two", "linux.gpu"));

  ASSERT_TRUE(runs_until([&] { return quick.jobs.size() == 1 && gpu.jobs.size() == 1; }));
  EXPECT_EQ(quick.jobs[0].bytes, "one");
  EXPECT_EQ(gpu.jobs[0].bytes, "two");
}

TEST_P(BusContract, a_dead_workers_jobs_go_to_another) {
  const auto bus = world->connect();
  auto doomed_bus = world->connect();
  auto doomed = std::make_unique<Taker>(*doomed_bus);
  ASSERT_TRUE(publish(*bus, "run/1"));
  doomed->source->want(1);
  ASSERT_TRUE(runs_until([&] { return doomed->jobs.size() == 1; }));

  doomed.reset();
  doomed_bus.reset();
  Taker heir(*bus);
  heir.source->want(1);

  ASSERT_TRUE(runs_until([&] { return heir.jobs.size() == 1; }));
  EXPECT_EQ(heir.jobs[0].deliveries, 2u);
}

TEST_P(BusContract, receipts_tell_places_and_probes_find_the_job_there) {
  const auto bus = world->connect();
  const auto first = publish(*bus, "run/1");
  const auto second = publish(*bus, "run/2");
  ASSERT_TRUE(first && second);

  EXPECT_GT(first->sequence, 0u);
  EXPECT_EQ(second->sequence, first->sequence + 1);
  EXPECT_EQ(probe(*bus, *first, "run/1"), "held");
  EXPECT_EQ(probe(*bus, *first, "run/2"), "gone") << "another job stands there";
  EXPECT_EQ(probe(*bus, Receipt{first->stream, 4711}, "run/1"), "gone");
}

TEST_P(BusContract, a_job_that_is_with_a_worker_is_still_held) {
  const auto bus = world->connect();
  Taker taker(*bus);
  const auto receipt = publish(*bus, "run/1");
  ASSERT_TRUE(receipt);
  taker.source->want(1);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "held");

  taker.source->ack(taker.jobs[0].handle);
  pass(200ms);
  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "gone");
}

TEST_P(BusContract, probes_prove_a_purge) {
  const auto bus = world->connect();
  const auto receipt = publish(*bus, "run/1");
  ASSERT_TRUE(receipt);

  world->purge();

  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "gone");
}

TEST_P(BusContract, probes_prove_a_stream_made_anew_though_the_same_id_stands_at_the_number) {
  const auto bus = world->connect();
  const auto before = publish(*bus, "run/1");
  ASSERT_TRUE(before);

  world->remake();
  const auto after = publish_again(*bus, "run/1");

  ASSERT_TRUE(after);
  EXPECT_EQ(after->sequence, before->sequence);
  EXPECT_NE(after->stream, before->stream);
  EXPECT_EQ(probe(*bus, *before, "run/1"), "gone");
  EXPECT_EQ(probe(*bus, *after, "run/1"), "held");
}

TEST_P(BusContract, probes_prove_the_loss_of_a_stream_that_nobody_made_again) {
  const auto bus = world->connect();
  const auto receipt = publish(*bus, "run/1");
  ASSERT_TRUE(receipt);

  world->remake();

  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "gone");
}

TEST_P(BusContract, goes_on_after_a_purge_in_the_middle) {
  const auto bus = world->connect();
  Taker taker(*bus);
  taker.source->want(2);
  ASSERT_TRUE(publish(*bus, "run/1", "before"));
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  world->purge();
  taker.source->ack(taker.jobs[0].handle);
  ASSERT_TRUE(publish_again(*bus, "run/2"));

  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() == 2; }));
}

TEST_P(BusContract, goes_on_after_the_stream_is_deleted_in_the_middle) {
  const auto bus = world->connect();
  const auto worker_bus = world->connect();
  Taker taker(*worker_bus);
  taker.source->want(3);
  ASSERT_TRUE(publish(*bus, "run/1"));
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  world->remake();
  ASSERT_TRUE(publish_again(*bus, "run/2"));
  ASSERT_TRUE(publish_again(*bus, "run/3"));

  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() == 3; })) << taker.jobs.size();
}

TEST_P(BusContract, publishing_while_away_fails_or_is_delivered_afterwards) {
  const auto bus = world->connect();
  Taker taker(*bus);
  taker.source->want(5);
  ASSERT_TRUE(publish(*bus, "run/1"));
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));
  taker.source->ack(taker.jobs[0].handle);

  world->go_away();
  ASSERT_TRUE(runs_until([&] { return !bus->health().is_connected(); }));
  std::optional<Result<Receipt>> answer;
  bus->jobs().publish("default", "run/2", "{}", [&](auto receipt) { answer = std::move(receipt); });
  pass(300ms);
  world->come_back();
  ASSERT_TRUE(runs_until([&] { return bus->health().is_connected(); }));

  ASSERT_TRUE(runs_until([&] { return answer.has_value(); }));
  if (!*answer) {
    EXPECT_TRUE(answer->error().code == ErrorCode::unavailable || answer->error().code == ErrorCode::timeout);
    ASSERT_TRUE(publish_again(*bus, "run/2"));
  }
  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() >= 2; }));
}

TEST_P(BusContract, a_probe_while_away_is_no_proof) {
  const auto bus = world->connect();
  const auto receipt = publish(*bus, "run/1");
  ASSERT_TRUE(receipt);

  world->go_away();
  ASSERT_TRUE(runs_until([&] { return !bus->health().is_connected(); }));
  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "no proof");

  world->come_back();
  ASSERT_TRUE(runs_until([&] { return bus->health().is_connected(); }));
  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "held");
}

TEST_P(BusContract, jobs_survive_a_restart_of_the_broker) {
  const auto bus = world->connect();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(publish(*bus, "run/" + std::to_string(i)));

  world->go_away();
  ASSERT_TRUE(runs_until([&] { return !bus->health().is_connected(); }));
  world->come_back();
  ASSERT_TRUE(runs_until([&] { return bus->health().is_connected(); }));
  Taker taker(*bus);
  taker.source->want(9);

  EXPECT_TRUE(runs_until([&] { return taker.jobs.size() == 5; }));
}

TEST_P(BusContract, the_largest_job_passes_and_a_larger_one_is_refused) {
  const auto bus = world->connect();
  Taker taker(*bus);
  taker.source->want(1);

  ASSERT_TRUE(publish(*bus, std::string(236, 'i'), std::string(limits::kJobBytes, 'x')));
  const auto refused = publish(*bus, "run/2", std::string(limits::kJobBytes + 1, 'x'));

  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));
  EXPECT_EQ(taker.jobs[0].bytes, std::string(limits::kJobBytes, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
}

TEST_P(BusContract, a_stopped_source_takes_no_more) {
  const auto bus = world->connect();
  Taker taker(*bus);
  taker.source->want(5);
  pass(100ms);

  bool stopped = false;
  taker.source->stop([&] { stopped = true; });
  EXPECT_FALSE(stopped) << "a callback ran inside the call";
  ASSERT_TRUE(runs_until([&] { return stopped; }));
  ASSERT_TRUE(publish(*bus, "run/1"));
  Taker heir(*bus);
  heir.source->want(1);

  ASSERT_TRUE(runs_until([&] { return heir.jobs.size() == 1; }));
  EXPECT_TRUE(taker.jobs.empty());
}

TEST_P(BusContract, jobs_held_by_a_stopped_source_can_still_be_acknowledged) {
  const auto bus = world->connect();
  Taker taker(*bus);
  const auto receipt = publish(*bus, "run/1");
  ASSERT_TRUE(receipt);
  taker.source->want(1);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  bool stopped = false;
  taker.source->stop([&] { stopped = true; });
  ASSERT_TRUE(runs_until([&] { return stopped; }));
  taker.source->ack(taker.jobs[0].handle);
  pass(200ms);

  EXPECT_EQ(probe(*bus, *receipt, "run/1"), "gone");
}

TEST_P(BusContract, closing_sends_what_was_said_before) {
  const auto bus = world->connect();
  Taker taker(*bus);
  const auto other = world->connect();
  const auto receipt = publish(*bus, "run/1");
  ASSERT_TRUE(receipt);
  taker.source->want(1);
  ASSERT_TRUE(runs_until([&] { return taker.jobs.size() == 1; }));

  bool closed = false;
  taker.source->ack(taker.jobs[0].handle);
  bus->close([&] { closed = true; });
  ASSERT_TRUE(runs_until([&] { return closed; }));
  pass(200ms);

  EXPECT_EQ(probe(*other, *receipt, "run/1"), "gone");
}

}  // namespace callboard::test
