#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using log::Listeners;
using Names = std::vector<Listeners::Name>;

Names stand(LogHouse& house, LogProcess& process, const std::vector<Listeners::Listener>& listeners) {
  const auto secured =
      await<Names>(house.loop(), [&](auto done) { process.listeners().stand(listeners, std::move(done)); });
  EXPECT_TRUE(secured) << secured.error().message;
  return secured.value_or(Names());
}

bool secure(LogHouse& house, LogProcess& process, const Incarnation& holder, const Names& names) {
  return await<bool>(house.loop(),
                     [&](auto done) { process.listeners().secure(holder, names, std::move(done)); })
      .value_or(false);
}

bool remove(LogHouse& house, LogProcess& process, const Incarnation& holder, const Names& names) {
  return await<bool>(house.loop(),
                     [&](auto done) { process.listeners().remove(holder, names, std::move(done)); })
      .value_or(false);
}

std::vector<Listeners::Heard> read_heard(LogHouse& house, LogProcess& process, int limit = 100) {
  std::vector<Partition> all;
  for (Partition i = 0; i < limits::kPartitions; ++i) all.push_back(i);
  const auto rows = await<std::vector<Listeners::Heard>>(
      house.loop(), [&](auto done) { process.listeners().read_heard(all, limit, std::move(done)); });
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<Listeners::Heard>());
}

std::vector<Listeners::Standing> standing(LogHouse& house, LogProcess& process, const RunId& run,
                                          const std::string& key, std::optional<Listeners::Name> after = {},
                                          int limit = 100) {
  const auto rows = await<std::vector<Listeners::Standing>>(house.loop(), [&](auto done) {
    process.listeners().standing(partition_of(run, limits::kPartitions), "github", key, after, limit,
                                 std::move(done));
  });
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<Listeners::Standing>());
}

std::vector<DeliveryId> look_back(LogHouse& house, LogProcess& process, const std::string& key, Time since,
                                  std::optional<DeliveryId> after = {}, int limit = 100) {
  const auto found = await<std::vector<DeliveryId>>(house.loop(), [&](auto done) {
    process.listeners().look_back("github", key, since, after, limit, std::move(done));
  });
  EXPECT_TRUE(found) << found.error().message;
  return found.value_or(std::vector<DeliveryId>());
}

Listeners::Listener to(const RunId& run, std::string key, std::string target = "g1") {
  return {{run, std::move(target)}, "github", std::move(key)};
}

}  // namespace

TEST_P(LogContract, ADeliveryIsHeardOnceInEachPartitionThatListens) {
  const RunId one = make_run();
  const RunId other = make_run();
  const std::size_t partitions =
      partition_of(one, limits::kPartitions) == partition_of(other, limits::kPartitions) ? 1 : 2;
  stand(*house_, *one_, {to(one, "pull_request"), to(one, "pull_request", "g1/w/1"), to(one, "push")});
  stand(*house_, *other_, {to(other, "pull_request")});
  log::Arrival arrival;
  arrival.delivery = make_delivery("heard");  // pull_request.opened
  arrival.origin_kind = "github";
  arrival.origin = "heard";
  ASSERT_TRUE(accept(*one_, arrival));
  arrival.delivery->id = DeliveryId{make_uuid(house_->now(), random_)};
  ASSERT_TRUE(accept(*other_, arrival)) << "a duplicate, of which nobody hears";

  const auto rows = read_heard(*house_, *other_);

  ASSERT_EQ(rows.size(), partitions);
  EXPECT_EQ(read_heard(*house_, *one_, 1).size(), 1u);
  for (const auto& row : rows) EXPECT_NE(row.delivery, arrival.delivery->id);
}

TEST_P(LogContract, NobodyHearsOfWhatNobodyListensTo) {
  const RunId run = make_run();
  stand(*house_, *one_, {to(run, "push")});
  log::Arrival arrival;
  arrival.delivery = make_delivery("unheard");
  ASSERT_TRUE(accept(*one_, arrival));
  arrival.delivery = make_delivery("of-another-source");
  arrival.delivery->source = "linear";
  arrival.delivery->event = "push";
  ASSERT_TRUE(accept(*one_, arrival));
  EXPECT_TRUE(read_heard(*house_, *one_).empty());
}

TEST_P(LogContract, WhatWasHeardStaysUntilTheHolderOfTheLeaseDeletesIt) {
  const RunId run = make_run();
  stand(*house_, *one_, {to(run, "pull_request")});
  log::Arrival arrival;
  arrival.delivery = make_delivery("heard");
  ASSERT_TRUE(accept(*one_, arrival));
  const Incarnation holder = make_incarnation();
  const Incarnation stranger = make_incarnation();
  ASSERT_TRUE(beat(*one_, holder));
  ASSERT_EQ(take(*one_, holder, {partition_of(run, limits::kPartitions)}).size(), 1u);
  const auto rows = read_heard(*house_, *one_);
  const auto erase = [&](const Incarnation& by) {
    return await<bool>(house_->loop(),
                       [&](auto done) { one_->listeners().delete_heard(by, rows, std::move(done)); });
  };

  ASSERT_TRUE(erase(stranger));
  EXPECT_EQ(read_heard(*house_, *one_).size(), 1u);
  ASSERT_TRUE(erase(holder));
  EXPECT_TRUE(read_heard(*house_, *one_).empty());
}

TEST_P(LogContract, AListenerIsSecuredByTheHolderOfTheLeaseAlone) {
  const RunId run = make_run();
  const Listeners::Name name{run, "g1"};
  EXPECT_TRUE(stand(*house_, *one_, {to(run, "push"), to(run, "pull_request")}).empty());
  const Incarnation holder = make_incarnation();
  ASSERT_TRUE(beat(*one_, holder));
  ASSERT_EQ(take(*one_, holder, {partition_of(run, limits::kPartitions)}).size(), 1u);

  EXPECT_TRUE(secure(*house_, *one_, make_incarnation(), {name}));
  EXPECT_TRUE(stand(*house_, *one_, {to(run, "push")}).empty());
  EXPECT_TRUE(secure(*house_, *one_, holder, {name}));

  EXPECT_EQ(stand(*house_, *other_, {to(run, "push"), to(run, "pull_request")}), Names{name});
  EXPECT_TRUE(stand(*house_, *other_, {to(run, "push"), to(run, "issues")}).empty())
      << "of what it listens to from now on, nothing has been looked at";
  EXPECT_TRUE(standing(*house_, *one_, run, "push")[0].is_secured);
  EXPECT_FALSE(standing(*house_, *one_, run, "issues")[0].is_secured);
}

TEST_P(LogContract, WhatListensIsNamedPageByPage) {
  const RunId run = make_run();
  stand(*house_, *one_, {to(run, "push", "g1"), to(run, "push", "g1/a/1"), to(run, "push", "g1/b/1")});
  const auto first = standing(*house_, *other_, run, "push", {}, 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].name, (Listeners::Name{run, "g1"}));
  const auto rest = standing(*house_, *other_, run, "push", first[1].name, 2);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].name.target, "g1/b/1");
  const auto awaited = [&](const std::string& key) {
    return await<bool>(house_->loop(),
                       [&](auto done) { one_->listeners().is_awaited("github", key, std::move(done)); });
  };
  EXPECT_EQ(awaited("push"), true);
  EXPECT_EQ(awaited("issues"), false);
}

TEST_P(LogContract, WhatIsOverIsRemoved) {
  const RunId run = make_run();
  stand(*house_, *one_, {to(run, "push", "g1"), to(run, "push", "g1/a/1")});
  const Incarnation holder = make_incarnation();
  ASSERT_TRUE(beat(*one_, holder));
  ASSERT_EQ(take(*one_, holder, {partition_of(run, limits::kPartitions)}).size(), 1u);
  EXPECT_TRUE(remove(*house_, *one_, make_incarnation(), {{run, "g1/a/1"}}));
  EXPECT_EQ(standing(*house_, *one_, run, "push").size(), 2u);
  EXPECT_TRUE(remove(*house_, *one_, holder, {{run, "g1/a/1"}}));
  EXPECT_EQ(standing(*house_, *one_, run, "push").size(), 1u);
}

TEST_P(LogContract, TheCloseOfARunRemovesItsListeners) {
  const RunId run = make_run();
  stand(*house_, *one_, {to(run, "push"), to(run, "push", "g1/a/1")});
  log::Append close = make_row(run, "d/1");
  close.type = run::EventType::run_completed;
  close.close = log::Append::Close{.phase = run::RunPhase::completed, .free_keys = {}};
  ASSERT_TRUE(append(*one_, std::move(close)));
  EXPECT_TRUE(standing(*house_, *one_, run, "push").empty());

  stand(*house_, *other_, {to(run, "push")});
  EXPECT_TRUE(standing(*house_, *one_, run, "push").empty()) << "a closed run gets none";

  log::Append rewind = make_row(run, "d/2");
  rewind.type = run::EventType::run_rewound;
  rewind.reopens = true;
  ASSERT_TRUE(append(*one_, std::move(rewind)));
  stand(*house_, *other_, {to(run, "push", "g2")});
  EXPECT_EQ(standing(*house_, *one_, run, "push").size(), 1u);
  close = make_row(run, "d/3");
  close.type = run::EventType::run_completed;
  close.close = log::Append::Close{.phase = run::RunPhase::completed, .free_keys = {}};
  ASSERT_TRUE(append(*one_, std::move(close)));
  EXPECT_TRUE(standing(*house_, *one_, run, "push").empty());
}

TEST_P(LogContract, ADeliveryTellsWhichRunsWereToldOfIt) {
  const RunId run = make_run();
  const std::string delivery = to_string(make_run_id());
  const std::string other = to_string(make_run_id());
  for (const std::string& key : {"signal/event-" + delivery + "-g1.w.1", "cmd/event-" + delivery,
                                 "signal/event-" + other + "-g1.w.1", std::string("signal/go")})
    ASSERT_TRUE(append(*one_, make_row(run, key)));
  const auto told = await<std::vector<Listeners::Told>>(house_->loop(), [&](auto done) {
    other_->listeners().told(*parse_id<DeliveryId>(delivery), 10, std::move(done));
  });
  ASSERT_TRUE(told) << told.error().message;
  ASSERT_EQ(told->size(), 2u);
  EXPECT_EQ((*told)[0].run, run);
  EXPECT_EQ((*told)[0].workflow, "review");
  EXPECT_EQ((*told)[0].key, "cmd/event-" + delivery);
  EXPECT_EQ((*told)[1].key, "signal/event-" + delivery + "-g1.w.1");
}

TEST_P(LogContract, ALookBackNamesTheDeliveriesOfAKeySinceThen) {
  const Time before = house_->now();
  std::vector<DeliveryId> stored;
  Time last{};
  for (const char* const event : {"push", "pull_request.opened", "pull_request.closed", "pull_requests"}) {
    log::Arrival arrival;
    arrival.delivery = make_delivery(event);
    arrival.delivery->event = event;
    stored.push_back(arrival.delivery->id);
    const auto arrived = accept(*one_, std::move(arrival));
    ASSERT_TRUE(arrived);
    last = arrived->at;
  }
  std::vector<DeliveryId> both{stored[1], stored[2]};
  std::ranges::sort(both);
  EXPECT_EQ(look_back(*house_, *other_, "pull_request", before - std::chrono::seconds(1)), both);
  EXPECT_EQ(look_back(*house_, *other_, "pull_request", before - std::chrono::seconds(1), {}, 1),
            std::vector{both[0]});
  EXPECT_EQ(look_back(*house_, *other_, "pull_request", before - std::chrono::seconds(1), both[0]),
            std::vector{both[1]});
  EXPECT_TRUE(look_back(*house_, *other_, "pull_request", last + std::chrono::seconds(1)).empty());
}

}  // namespace callboard::test
