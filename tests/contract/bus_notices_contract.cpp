#include <chrono>

#include "tests/contract/bus_contract.hpp"
#include "topics/job.hpp"

/// Notices and broadcasts, of the suite that is linked into each adapter's program.
namespace callboard::test {

using namespace std::chrono_literals;
using topics::Notices;

TEST_P(BusContract, notices_reach_the_subscribers_of_their_partition_only) {
  const auto sender = world->connect();
  const auto one = world->connect();
  const auto two = world->connect();
  std::vector<std::string> at_one;
  std::vector<std::string> at_two;
  one->notices().on_notice([&](std::string_view bytes) { at_one.emplace_back(bytes); });
  two->notices().on_notice([&](std::string_view bytes) { at_two.emplace_back(bytes); });
  one->notices().subscribe(7);
  two->notices().subscribe(8);
  two->notices().subscribe(9);
  pass(100ms);

  sender->notices().notify(7, "seven");
  sender->notices().notify(8, "eight");
  sender->notices().notify(10, "ten");
  ASSERT_TRUE(runs_until([&] { return !at_one.empty() && !at_two.empty(); }));
  two->notices().unsubscribe(8);
  pass(100ms);
  sender->notices().notify(8, "eight again");
  sender->notices().notify(9, "nine");

  ASSERT_TRUE(runs_until([&] { return at_two.size() == 2; }));
  pass(100ms);
  EXPECT_EQ(at_one, std::vector<std::string>{"seven"});
  EXPECT_EQ(at_two, (std::vector<std::string>{"eight", "nine"}));
}

TEST_P(BusContract, a_process_hears_its_own_notices) {
  const auto bus = world->connect();
  std::vector<std::string> heard;
  bus->notices().on_notice([&](std::string_view bytes) { heard.emplace_back(bytes); });
  bus->notices().subscribe(3);

  bus->notices().notify(3, "mine");

  EXPECT_TRUE(heard.empty()) << "a callback ran inside the call";
  EXPECT_TRUE(runs_until([&] { return heard.size() == 1; }));
}

TEST_P(BusContract, broadcasts_reach_every_process_of_the_audience) {
  const auto sender = world->connect();
  const auto worker = world->connect();
  const auto dispatcher = world->connect();
  std::vector<std::string> at_worker;
  std::vector<std::string> at_dispatcher;
  worker->notices().listen(Notices::Audience::workers,
                           [&](std::string_view bytes) { at_worker.emplace_back(bytes); });
  dispatcher->notices().listen(Notices::Audience::dispatchers,
                               [&](std::string_view bytes) { at_dispatcher.emplace_back(bytes); });
  pass(100ms);

  sender->notices().broadcast(Notices::Audience::workers, "stop");
  sender->notices().broadcast(Notices::Audience::dispatchers, "here");

  ASSERT_TRUE(runs_until([&] { return at_worker.size() == 1 && at_dispatcher.size() == 1; }));
  EXPECT_EQ(at_worker[0], "stop");
  EXPECT_EQ(at_dispatcher[0], "here");
}

TEST_P(BusContract, every_listener_of_an_audience_in_one_process_hears_a_broadcast_once) {
  // given two parts of one process that listen, and one of another
  const auto bus = world->connect();
  const auto other = world->connect();
  const Incarnation by{*parse_uuid("01980000-0000-7000-8000-0000000000d1")};
  std::vector<std::string> heard;
  std::vector<Incarnation> changed;
  bus->notices().listen(Notices::Audience::dispatchers,
                        [&](std::string_view bytes) { heard.emplace_back("first " + std::string(bytes)); });
  bus->notices().listen(Notices::Audience::dispatchers,
                        [&](std::string_view bytes) { heard.emplace_back("second " + std::string(bytes)); });
  other->notices().listen(Notices::Audience::dispatchers, [&](std::string_view bytes) {
    if (const auto changer = topics::parse_workflows_changed(bytes)) changed.push_back(*changer);
  });
  pass(100ms);

  // when the process tells of workflows, and of something else behind it
  const std::string news = topics::encode_workflows_changed(by);
  bus->notices().broadcast(Notices::Audience::dispatchers, news);
  bus->notices().broadcast(Notices::Audience::dispatchers, "last");

  // then each hears each once, its own too
  EXPECT_TRUE(heard.empty()) << "a callback ran inside the call";
  ASSERT_TRUE(runs_until([&] { return heard.size() >= 4 && !changed.empty(); }));
  pass(100ms);
  EXPECT_EQ(heard,
            (std::vector<std::string>{"first " + news, "second " + news, "first last", "second last"}));
  EXPECT_EQ(changed, std::vector{by});
}

TEST_P(BusContract, notices_come_again_after_the_broker_was_away) {
  const auto bus = world->connect();
  std::vector<std::string> heard;
  bus->notices().on_notice([&](std::string_view bytes) { heard.emplace_back(bytes); });
  bus->notices().subscribe(3);
  world->go_away();
  ASSERT_TRUE(runs_until([&] { return !bus->health().is_connected(); }));
  bus->notices().notify(3, "lost or kept");
  bus->notices().subscribe(4);
  world->come_back();
  ASSERT_TRUE(runs_until([&] { return bus->health().is_connected(); }));

  bus->notices().notify(3, "three");
  bus->notices().notify(4, "four");

  EXPECT_TRUE(runs_until([&] { return !heard.empty() && heard.back() == "four"; }));
}

}  // namespace callboard::test
