#include <set>

#include "shared/log/held.hpp"
#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Groups = std::vector<log::Held::Group>;
using Parts = std::vector<log::Held::Part>;

class HeldContract : public LogContract {
 protected:
  log::HeldStart debounce(std::string key = "k", Micros wait = 30s, Micros longest = 10min) {
    log::HeldStart start;
    start.workflow = "review";
    start.key = std::move(key);
    start.wait = wait;
    start.longest = longest;
    start.order = ++order_;
    return start;
  }
  log::HeldStart batch(std::uint32_t size, std::string key = "k") {
    log::HeldStart start = debounce(std::move(key));
    start.kind = log::HoldKind::batch;
    start.size = size;
    return start;
  }
  log::Arrival holding(log::HeldStart start) {
    log::Arrival arrival;
    arrival.origin_kind = "github";
    arrival.origin = "h-" + std::to_string(start.order);
    arrival.delivery = make_delivery(arrival.origin);
    arrival.delivery->verdicts = {{"other", "condition_false", {}, "ref is \"\\u0000\""},
                                  {"review", std::string(log::kHeldOutcome), {}, "held"}};
    arrival.held.push_back(std::move(start));
    return arrival;
  }
  DeliveryId hold(log::HeldStart start) {
    const auto arrived = accept(*one_, holding(std::move(start)));
    EXPECT_TRUE(arrived) << arrived.error().message;
    return *arrived->delivery;
  }
  Groups claim(LogProcess& process, int limit = 100) {
    const auto groups =
        await<Groups>(house_->loop(), [&](auto done) { process.held().claim(limit, std::move(done)); });
    EXPECT_TRUE(groups) << groups.error().message;
    return groups.value_or(Groups());
  }
  std::vector<DeliveryId> read(std::int64_t group) {
    const auto parts =
        await<Parts>(house_->loop(), [&](auto done) { one_->held().read(group, std::move(done)); });
    EXPECT_TRUE(parts) << parts.error().message;
    std::vector<DeliveryId> out;
    for (const log::Held::Part& part : parts.value_or(Parts())) {
      EXPECT_FALSE(part.body.empty());
      out.push_back(part.delivery);
    }
    return out;
  }
  log::Held::Listed list() {
    return await<log::Held::Listed>(house_->loop(),
                                    [&](auto done) { other_->held().list("review", 10, std::move(done)); })
        .value_or(log::Held::Listed());
  }
  log::Verdict verdict_of(const DeliveryId& id) {
    const auto delivery = await<log::Delivery>(
        house_->loop(), [&](auto done) { other_->library().delivery(id, std::move(done)); });
    EXPECT_TRUE(delivery) << delivery.error().message;
    if (!delivery) return {};
    EXPECT_EQ(delivery->verdicts.size(), 2u);
    EXPECT_EQ(delivery->verdicts[0].detail, "ref is \"\\u0000\"") << "others stay as they are";
    return delivery->verdicts.back();
  }
  log::Arrival firing(std::int64_t group, const std::vector<DeliveryId>& deliveries, const log::NewRun& run) {
    log::Arrival arrival;
    arrival.origin_kind = "held";
    arrival.origin = std::to_string(group);
    arrival.runs = {run};
    arrival.runs[0].delivery = deliveries.back();
    arrival.fires = log::FiredGroup{.id = group,
                                    .workflow = "review",
                                    .maker = make_run_id().uuid,
                                    .outcome = "started",
                                    .run = run.id,
                                    .detail = "one of many",
                                    .deliveries = deliveries};
    return arrival;
  }

  std::uint64_t order_ = 0;
};

}  // namespace

TEST_P(HeldContract, OfADebounceTheLastEventStaysAndItsTimeBeginsAnew) {
  const DeliveryId first = hold(debounce());
  house_->pass_for_held(20s);
  const DeliveryId second = hold(debounce());
  house_->pass_for_held(20s);
  EXPECT_TRUE(claim(*one_).empty()) << "20 s after the last one";

  house_->pass_for_held(11s);
  const Groups groups = claim(*other_);

  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].workflow, "review");
  EXPECT_EQ(groups[0].source, "github");
  EXPECT_EQ(groups[0].key, "k");
  EXPECT_EQ(groups[0].kind, log::HoldKind::debounce);
  EXPECT_EQ(groups[0].events, 2);
  EXPECT_EQ(read(groups[0].id), std::vector{second});
  EXPECT_EQ(verdict_of(first).outcome, log::kReplacedOutcome);
  EXPECT_NE(verdict_of(first).detail.find(to_string(second)), std::string::npos);
  EXPECT_EQ(verdict_of(second).outcome, log::kHeldOutcome);
}

TEST_P(HeldContract, ADebounceFiresAtTheLatestSoLongAfterItsFirst) {
  hold(debounce("k", 30s, 40s));
  house_->pass_for_held(25s);
  hold(debounce("k", 30s, 40s));
  house_->pass_for_held(16s);
  EXPECT_EQ(claim(*one_).size(), 1u);
}

TEST_P(HeldContract, WhatComesOnceAGroupIsRipeOrClaimedIsOfTheNext) {
  const DeliveryId first = hold(debounce());
  house_->pass_for_held(31s);
  const DeliveryId second = hold(debounce());
  const Groups ripe = claim(*one_);
  ASSERT_EQ(ripe.size(), 1u);
  EXPECT_EQ(read(ripe[0].id), std::vector{first});
  house_->pass_for_held(31s);
  const Groups next = claim(*one_);
  ASSERT_EQ(next.size(), 2u) << "the first was not fired within its claim";
  EXPECT_EQ(read(next[1].id), std::vector{second});
}

TEST_P(HeldContract, ABatchFiresByCountOrByTimeInTheOrderOfItsEvents) {
  const DeliveryId a = hold(batch(2));
  const DeliveryId other_key = hold(batch(2, "l"));
  EXPECT_TRUE(claim(*one_).empty());
  const DeliveryId b = hold(batch(2));
  const DeliveryId c = hold(batch(2));

  const Groups full = claim(*one_);
  ASSERT_EQ(full.size(), 1u);
  EXPECT_EQ(read(full[0].id), (std::vector{a, b}));
  EXPECT_TRUE(claim(*other_).empty()) << "claimed by another";

  house_->pass_for_held(9s);
  EXPECT_EQ(list().count, 3);
  EXPECT_EQ(list().events, 4);
  house_->pass_for_held(22s);
  const Groups rest = claim(*other_);
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].id, full[0].id) << "its claim is over";
  EXPECT_EQ(read(rest[1].id), std::vector{other_key});
  EXPECT_EQ(read(rest[2].id), std::vector{c});
}

TEST_P(HeldContract, AGroupIsFiredOnce) {
  store_definition();
  const DeliveryId a = hold(batch(2));
  const DeliveryId b = hold(batch(2));
  const Groups groups = claim(*one_);
  ASSERT_EQ(groups.size(), 1u);
  const log::Arrival mine = firing(groups[0].id, {a, b}, make_new_run());
  const log::Arrival others = firing(groups[0].id, {a, b}, make_new_run());

  const auto first = accept(*one_, mine);
  const auto again = accept(*one_, mine);
  const auto second = accept(*other_, others);

  ASSERT_TRUE(first && again && second);
  EXPECT_FALSE(first->duplicate);
  EXPECT_FALSE(again->duplicate) << "the reply was lost";
  EXPECT_TRUE(second->duplicate);
  EXPECT_EQ(second->runs, std::vector{mine.runs[0].id});
  EXPECT_FALSE(read_head(others.runs[0].id));
  EXPECT_EQ(read_head(mine.runs[0].id)->delivery, b) << "the run names the delivery that it is of";
  for (const DeliveryId& delivery : {a, b}) {
    EXPECT_EQ(verdict_of(delivery).outcome, "started");
    EXPECT_EQ(verdict_of(delivery).run, mine.runs[0].id);
    EXPECT_EQ(verdict_of(delivery).detail, "one of many");
  }
  EXPECT_TRUE(read(groups[0].id).empty());
  EXPECT_EQ(list().count, 0);
}

TEST_P(HeldContract, AnArrivalThatIsSentAgainHoldsNothingASecondTime) {
  store_definition();
  const log::Arrival arrival = holding(batch(1));
  ASSERT_TRUE(accept(*one_, arrival));
  ASSERT_TRUE(accept(*one_, arrival));
  EXPECT_EQ(list().events, 1);
  const Groups groups = claim(*one_);
  ASSERT_EQ(groups.size(), 1u);
  ASSERT_TRUE(accept(*one_, firing(groups[0].id, {arrival.delivery->id}, make_new_run())));

  ASSERT_TRUE(accept(*one_, arrival)) << "its reply was lost, and it has fired since";

  EXPECT_EQ(list().count, 0);
  EXPECT_EQ(verdict_of(arrival.delivery->id).outcome, "started");
}

TEST_P(HeldContract, AGroupThatIsDroppedSaysWhy) {
  const DeliveryId delivery = hold(batch(1));
  const Groups groups = claim(*one_);
  ASSERT_EQ(groups.size(), 1u);
  log::Arrival drop = firing(groups[0].id, {delivery}, make_new_run());
  drop.runs.clear();
  drop.fires->outcome = "error";
  drop.fires->run.reset();
  drop.fires->detail = "gone";

  ASSERT_TRUE(accept(*one_, drop));
  const auto late = accept(*other_, firing(groups[0].id, {delivery}, make_new_run()));

  ASSERT_TRUE(late);
  EXPECT_TRUE(late->duplicate);
  EXPECT_TRUE(late->runs.empty());
  EXPECT_EQ(verdict_of(delivery).outcome, "error");
  EXPECT_EQ(verdict_of(delivery).detail, "gone");
}

TEST_P(HeldContract, WhatTwoProcessesHoldAtTheSameTimeIsHeldOnce) {
  std::set<DeliveryId> sent;
  std::size_t answered = 0;
  for (int i = 0; i < 120; ++i) {
    log::Arrival arrival = holding(batch(7, i % 3 == 0 ? "a" : "b"));
    sent.insert(arrival.delivery->id);
    (i % 2 == 0 ? one_ : other_)
        ->intake()
        .accept(std::move(arrival), in(20s), [&](const Result<log::Arrived>& arrived) {
          EXPECT_TRUE(arrived) << arrived.error().message;
          ++answered;
        });
  }
  ASSERT_TRUE(run_until(house_->loop(), [&] { return answered == sent.size(); }));
  house_->pass(31s);
  std::set<DeliveryId> held;
  for (const auto& group : claim(*one_)) {
    const auto parts = read(group.id);
    EXPECT_LE(parts.size(), 7u);
    EXPECT_EQ(std::ssize(parts), group.events);
    for (const DeliveryId& part : parts) EXPECT_TRUE(held.insert(part).second);
  }
  EXPECT_EQ(held, sent);
}

TEST_P(HeldContract, ADeliveryTellsWhereItStands) {
  const DeliveryId delivery = hold(batch(5));
  const auto found =
      await<Groups>(house_->loop(), [&](auto done) { other_->held().find(delivery, std::move(done)); });
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ((*found)[0].events, 1);
  EXPECT_EQ((*found)[0].due - (*found)[0].since, 30s);
}

TEST_P(HeldContract, AllProcessesSignLinksWithOneKey) {
  const auto key =
      await<std::string>(house_->loop(), [&](auto done) { one_->link_key().read(std::move(done)); });
  const auto same =
      await<std::string>(house_->loop(), [&](auto done) { other_->link_key().read(std::move(done)); });
  ASSERT_TRUE(key && same);
  EXPECT_GE(key->size(), 16u);
  EXPECT_EQ(*key, *same);
}

INSTANTIATE_TEST_SUITE_P(Log, HeldContract, testing::Values(&make_memory_house, &make_postgres_house),
                         [](const testing::TestParamInfo<MakeHouse>& info) {
                           return info.param == &make_memory_house ? "memory" : "postgres";
                         });

}  // namespace callboard::test
