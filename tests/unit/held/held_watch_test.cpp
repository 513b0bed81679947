// Dispatchers with all their services on simulated time: what comes of events that are held back.
#include "dispatcher/triggers/held_start.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "tests/unit/ticks/tick_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

class HeldWatch : public TickHouse {
 protected:
  void put_debounce(const std::string& more = "") {
    put("name: review\non: {github: push}\ndebounce: {key: \"${event.ref}\", for: 30s, max: 2m}\n" + more +
        "steps: [{key: rest, type: sleep, params: {for: 1s}}]\n");
  }
  void put_batch() {
    put("name: review\non: {github: push}\nbatch: {key: \"${event.ref}\", size: 5, for: 10s}\n"
        "steps: [{key: rest, type: sleep, params: {for: 1s}}]\n");
  }
  static std::string push(const std::string& ref, int number) {
    return R"({"ref":")" + ref + R"(","n":)" + std::to_string(number) + "}";
  }
  const log::Delivery& delivery(const std::string& external_id) const {
    for (const auto& [id, delivery] : house_.tables.deliveries) {
      if (delivery.external_id == external_id) return delivery;
    }
    ADD_FAILURE() << "no delivery " << external_id;
    return house_.tables.deliveries.begin()->second;
  }
  log::Verdict verdict(const std::string& external_id) const {
    const auto& verdicts = delivery(external_id).verdicts;
    EXPECT_EQ(verdicts.size(), 1u);
    return verdicts.empty() ? log::Verdict() : verdicts.front();
  }
  run::Created created(const RunId& run) const {
    return *run::decode_created(house_.tables.events.at({run, "d/0"}).data);
  }
  /// The numbers of the events that a run was made of.
  std::vector<std::int64_t> numbers_of(const RunId& run) const {
    const auto payload = read_json(house_.tables.deliveries.at(*created(run).delivery).body);
    std::vector<std::int64_t> out;
    const Value* const events = find(&*payload, "events");
    if (events == nullptr) return {find_int(&*payload, "n")};
    for (const Value& event : events->get_array()) out.push_back(find_int(&event, "n"));
    return out;
  }
};

TEST_F(HeldWatch, OnlyTheLastOfManyEventsStartsARun) {
  put_debounce();
  SimServices one(house_, 1);
  run_for(2s);
  for (int i = 0; i < 4; ++i) {
    one.deliver("push", "a-" + std::to_string(i), push("main", i));
    run_for(10s);
  }
  EXPECT_EQ(run_count(), 0u);
  EXPECT_EQ(verdict("a-3").outcome, "held");
  EXPECT_EQ(verdict("a-2").outcome, "replaced");
  run_for(21s);
  ASSERT_EQ(run_count(), 1u);
  EXPECT_EQ(numbers_of(house_.tables.heads.begin()->first), std::vector<std::int64_t>{3});
  EXPECT_EQ(verdict("a-3").run, house_.tables.heads.begin()->first);
  EXPECT_EQ(verdict("a-3").detail, "debounce: the last of 4 events");
  EXPECT_TRUE(house_.tables.held.empty());
  run_for(10s);
  EXPECT_TRUE(house_.is_closed(house_.tables.heads.begin()->first));
}

TEST_F(HeldWatch, AStreamThatDoesNotEndFiresAllTheSame) {
  put_debounce();
  SimServices one(house_, 1);
  run_for(2s);
  for (int i = 0; i < 13; ++i) {
    one.deliver("push", "a-" + std::to_string(i), push("main", i));
    run_for(10s);
  }
  EXPECT_EQ(run_count(), 1u) << "2 min after the first";
}

TEST_F(HeldWatch, ABatchIsOneRunOfADeliveryOfItsOwn) {
  put_batch();
  SimServices one(house_, 1);
  run_for(2s);
  for (int i = 0; i < 7; ++i) one.deliver("push", "a-" + std::to_string(i), push("main", i));
  run_for(1s);
  ASSERT_EQ(run_count(), 1u) << "five are enough";
  run_for(10s);
  ASSERT_EQ(run_count(), 2u);
  const RunId first = *verdict("a-0").run;
  const RunId second = *verdict("a-6").run;
  EXPECT_EQ(numbers_of(first), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(numbers_of(second), (std::vector<std::int64_t>{5, 6}));
  EXPECT_EQ(created(first).event_name, dispatcher::kBatchEvent);
  EXPECT_EQ(created(first).source, "github");
  EXPECT_TRUE(verdict("a-4").detail.starts_with("batch: one of 5 events")) << verdict("a-4").detail;
}

TEST_F(HeldWatch, TheDefinitionOfThenIsTheOneThatRuns) {
  put_debounce();
  SimServices one(house_, 1);
  run_for(2s);
  one.deliver("push", "a", push("main", 1));
  run_for(5s);
  put_debounce("version: 2\n");
  run_for(40s);
  ASSERT_EQ(run_count(), 1u);
  EXPECT_EQ(house_.tables.heads.begin()->second.hash, house_.tables.current.at("review").hash);
}

TEST_F(HeldWatch, OfAWorkflowThatIsGoneTheDeliverySaysSo) {
  put_debounce();
  SimServices one(house_, 1);
  run_for(2s);
  one.deliver("push", "a", push("main", 1));
  run_for(5s);
  house_.tables.current.erase("review");
  run_for(40s);
  EXPECT_EQ(run_count(), 0u);
  EXPECT_EQ(verdict("a").outcome, "error");
  EXPECT_EQ(verdict("a").detail, "debounce: the workflow was removed while its events were held");
  EXPECT_TRUE(house_.tables.held.empty());
}

/// Random events while dispatchers die, calls are refused and replies are lost: of what was taken in nothing
/// is lost, and nothing is in two runs.
class HeldFaults : public HeldWatch, public testing::WithParamInterface<int> {
 protected:
  struct Sent {
    std::string id;
    bool is_taken = false;
  };

  void check(const std::vector<std::shared_ptr<Sent>>& sent, bool is_batch) const {
    std::map<std::string, int> in_runs;
    std::set<RunId> runs;
    for (const auto& [id, head] : house_.tables.heads) {
      runs.insert(id);
      for (const std::int64_t number : numbers_of(id)) ++in_runs["e-" + std::to_string(number)];
    }
    EXPECT_TRUE(house_.tables.held.empty());
    for (const auto& one : sent) {
      const bool is_stored = std::ranges::any_of(
          house_.tables.deliveries, [&](const auto& entry) { return entry.second.external_id == one->id; });
      EXPECT_TRUE(is_stored || !one->is_taken) << one->id << " was taken and is lost";
      if (!is_stored) continue;
      const log::Verdict found = verdict(one->id);
      const bool is_replaced = !is_batch && found.outcome == "replaced";
      EXPECT_TRUE(found.outcome == "started" || is_replaced) << one->id << ": " << found.outcome;
      EXPECT_EQ(in_runs[one->id], is_replaced ? 0 : 1) << one->id;
      EXPECT_TRUE(is_replaced || runs.contains(*found.run)) << one->id;
    }
  }
};

TEST_P(HeldFaults, NothingIsLostAndNothingIsDoubled) {
  SimRandom random(static_cast<std::uint64_t>(GetParam()) + 1);
  const bool is_batch = GetParam() % 2 == 0;
  is_batch ? put_batch() : put_debounce();
  bool is_fine = false;
  const auto troubled = [&](log::CallKind) {
    log::Fate fate;
    if (is_fine) return fate;
    if (random.chance(15)) fate.what = log::Fate::What::reply_lost;
    if (random.chance(15)) fate.what = log::Fate::What::refused;
    fate.before = Micros(random.below(300'000));
    fate.after = Micros(random.below(300'000));
    return fate;
  };
  std::uint64_t life = 0;
  std::array<std::unique_ptr<SimServices>, 2> services;
  for (auto& one : services) one = std::make_unique<SimServices>(house_, ++life, troubled);
  run_for(5s);
  std::vector<std::shared_ptr<Sent>> sent;  // shared with answers that may come later
  for (int number = 1; number <= 120; ++number) {
    auto& one = services[random.below(2)];
    if (random.chance(10)) one = std::make_unique<SimServices>(house_, ++life, troubled);
    const auto event = std::make_shared<Sent>("e-" + std::to_string(number));
    sent.push_back(event);
    one->deliver("push", event->id, push("r" + std::to_string(random.below(3)), number),
                 [event](int status) { event->is_taken |= status == 202; });
    run_for(Micros(random.below(6'000'000)));
  }
  is_fine = true;
  run_for(3min);
  check(sent, is_batch);
  EXPECT_GT(run_count(), 3u);
}
INSTANTIATE_TEST_SUITE_P(Seeds, HeldFaults, testing::Range(0, 24));

}  // namespace
}  // namespace callboard::test
