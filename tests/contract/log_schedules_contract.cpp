#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using log::ScheduleKey;
using log::Schedules;
using log::ScheduleState;
using log::Tick;
using log::TickOutcome;

const ScheduleKey kNightly{"review", "0 3 * * * UTC"};
const ScheduleKey kHourly{"review", "0 * * * * UTC"};

Tick make_tick(Time at, TickOutcome outcome = TickOutcome::starting) {
  Tick tick;
  tick.at = at;
  tick.outcome = outcome;
  tick.definition = "hash-1";
  return tick;
}

}  // namespace

/// A workflow `review` with two schedules, told to the log by the first process.
class LogSchedules : public LogContract {
 protected:
  void SetUp() override {
    LogContract::SetUp();
    base_ = std::chrono::floor<std::chrono::seconds>(house_->now());
    store_definition();
    keep({kNightly.id, kHourly.id});
  }

  void keep(std::vector<std::string> ids, std::string hash = "hash-1") {
    const auto kept = await<bool>(house_->loop(), [&](auto done) {
      one_->schedules().keep({{"review", std::move(hash), std::move(ids)}}, std::move(done));
    });
    ASSERT_TRUE(kept) << kept.error().message;
  }
  std::vector<ScheduleState> read(LogProcess& process, std::vector<ScheduleKey> keys) {
    auto states = await<std::vector<ScheduleState>>(
        house_->loop(), [&](auto done) { process.schedules().read(std::move(keys), std::move(done)); });
    EXPECT_TRUE(states) << states.error().message;
    return std::move(states).value_or(std::vector<ScheduleState>());
  }
  ScheduleState read_one(const ScheduleKey& key) {
    const auto states = read(*other_, {key});
    EXPECT_EQ(states.size(), 1u);
    return states.empty() ? ScheduleState() : states.front();
  }
  bool decide(LogProcess& process, Schedules::Decision decision) {
    const auto stand = await<std::vector<ScheduleKey>>(house_->loop(), [&](auto done) {
      process.schedules().decide({std::move(decision)}, std::move(done));
    });
    EXPECT_TRUE(stand) << stand.error().message;
    return stand && !stand->empty();
  }
  Schedules::Decision decision_on(const ScheduleState& state, std::vector<Tick> ticks) {
    return {state.key, "hash-1", state.serial, ticks.empty() ? state.considered : ticks.back().at,
            std::move(ticks)};
  }
  void settle(const ScheduleKey& key, Tick tick) {
    const auto settled = await<bool>(house_->loop(), [&](auto done) {
      one_->schedules().settle({{key, std::move(tick)}}, std::move(done));
    });
    ASSERT_TRUE(settled) << settled.error().message;
  }
  void sweep() {
    const auto swept =
        await<bool>(house_->loop(), [&](auto done) { one_->schedules().sweep(std::move(done)); });
    ASSERT_TRUE(swept) << swept.error().message;
  }
  std::vector<Schedules::Settled> starting(Micros age) {
    return *await<std::vector<Schedules::Settled>>(
        house_->loop(), [&](auto done) { other_->schedules().starting(age, 10, std::move(done)); });
  }
  std::vector<Tick> ticks(int limit = 10) {
    const auto found = await<std::vector<Schedules::Settled>>(
        house_->loop(), [&](auto done) { other_->schedules().ticks("review", limit, std::move(done)); });
    EXPECT_TRUE(found) << found.error().message;
    std::vector<Tick> out;
    for (const Schedules::Settled& one : *found) out.push_back(one.tick);
    return out;
  }
  void close_run(const RunId& run) {
    log::Append row = make_row(run, "d/1");
    row.type = run::EventType::run_completed;
    row.close = log::Append::Close{run::RunPhase::completed, {}};
    ASSERT_TRUE(append(*one_, std::move(row)));
  }
  Time second(int count) const { return base_ + count * 1s; }

  Time base_{};
};

TEST_P(LogSchedules, ANewOneBeginsNow) {
  const ScheduleState state = read_one(kNightly);
  EXPECT_EQ(state.serial, 0);
  EXPECT_LT(std::chrono::abs(state.considered - house_->now()), 1min);
  EXPECT_TRUE(state.open.empty());
  EXPECT_EQ(read(*other_, {kNightly, kHourly, {"review", "never"}, {"none", kNightly.id}}).size(), 2u);
}

TEST_P(LogSchedules, OneThatStandsGoesOnAndOneThatIsLeftOutEnds) {
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly), {make_tick(second(1))})));
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kHourly), {make_tick(second(2), TickOutcome::waiting)})));

  keep({kNightly.id, "@daily UTC"});

  EXPECT_EQ(read_one(kNightly).considered, second(1));
  EXPECT_TRUE(read(*other_, {kHourly}).empty());
  EXPECT_EQ(read(*other_, {{"review", "@daily UTC"}}).size(), 1u);
  ASSERT_EQ(ticks().size(), 2u) << "the account outlives its schedule";
  EXPECT_EQ(ticks()[0].outcome, TickOutcome::skipped);
  EXPECT_EQ(ticks()[0].detail, log::kScheduleEnded);
  EXPECT_EQ(ticks()[1].outcome, TickOutcome::starting) << "it was decided that it has a run";
}

TEST_P(LogSchedules, AViewThatIsBehindChangesNothing) {
  store_definition("review", "hash-2");
  keep({}, "hash-1");
  EXPECT_EQ(read(*other_, {kNightly, kHourly}).size(), 2u);
  keep({"@daily UTC"}, "hash-2");
  EXPECT_TRUE(read(*other_, {kNightly, kHourly}).empty());
}

TEST_P(LogSchedules, OfTwoDecidersOneLoses) {
  const ScheduleState seen = read_one(kNightly);
  EXPECT_TRUE(decide(*one_, decision_on(seen, {make_tick(second(1))})));
  EXPECT_FALSE(decide(*other_, decision_on(seen, {make_tick(second(1), TickOutcome::skipped)})));

  const ScheduleState after = read_one(kNightly);
  EXPECT_EQ(after.serial, seen.serial + 1);
  EXPECT_EQ(after.considered, second(1));
  ASSERT_EQ(after.open.size(), 1u);
  EXPECT_EQ(after.open[0].outcome, TickOutcome::starting);
  EXPECT_EQ(after.open[0].definition, "hash-1");
}

TEST_P(LogSchedules, NothingIsDecidedForAWorkflowThatChangedOrIsGone) {
  const ScheduleState seen = read_one(kNightly);
  store_definition("review", "hash-2");
  EXPECT_FALSE(decide(*one_, decision_on(seen, {make_tick(second(1))})));
  store_definition("review", "hash-1");
  EXPECT_TRUE(decide(*one_, decision_on(seen, {make_tick(second(1))})));
  store_definition("review", "hash-1", true, "/w/review.yaml");
  ASSERT_TRUE(retire("review", "/w/review.yaml"));
  EXPECT_FALSE(decide(*one_, decision_on(read_one(kNightly), {make_tick(second(2))})));
  sweep();
  EXPECT_TRUE(read(*other_, {kNightly, kHourly}).empty());
}

TEST_P(LogSchedules, ATickThatStartsIsSettledOnce) {
  const RunId run = make_run();
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly), {make_tick(second(1))})));
  EXPECT_TRUE(starting(1h).empty());
  ASSERT_EQ(starting(-1h).size(), 1u);
  EXPECT_EQ(starting(-1h)[0].key, kNightly);
  EXPECT_EQ(starting(-1h)[0].tick.at, second(1));

  Tick started = make_tick(second(1), TickOutcome::started);
  started.run = run;
  settle(kNightly, started);
  settle(kNightly, make_tick(second(1), TickOutcome::failed));

  EXPECT_TRUE(starting(-1h).empty());
  ASSERT_EQ(ticks().size(), 1u);
  EXPECT_EQ(ticks()[0].outcome, TickOutcome::started);
  EXPECT_EQ(ticks()[0].run, run);
}

TEST_P(LogSchedules, ARunHoldsItsTickOpenUntilItCloses) {
  const RunId run = make_run();
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly), {make_tick(second(1))})));
  Tick started = make_tick(second(1), TickOutcome::started);
  started.run = run;
  settle(kNightly, started);
  ASSERT_EQ(read_one(kNightly).open.size(), 1u);
  EXPECT_EQ(read_one(kNightly).open[0].run, run);

  close_run(run);

  EXPECT_TRUE(read_one(kNightly).open.empty());
  EXPECT_EQ(ticks()[0].outcome, TickOutcome::ended);
}

TEST_P(LogSchedules, ATickThatWaitedStartsByALaterDecision) {
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly),
                                        {make_tick(second(1)), make_tick(second(2), TickOutcome::waiting)})));
  const ScheduleState seen = read_one(kNightly);
  ASSERT_EQ(seen.open.size(), 2u);
  Schedules::Decision decision = decision_on(seen, {make_tick(second(2))});
  decision.considered = seen.considered;
  ASSERT_TRUE(decide(*one_, decision));
  EXPECT_EQ(read_one(kNightly).open[1].outcome, TickOutcome::starting);
  EXPECT_EQ(ticks().size(), 2u);
}

TEST_P(LogSchedules, TheAccountSaysHowManyAndWhy) {
  Tick missed = make_tick(second(1), TickOutcome::skipped);
  missed.count = 7;
  missed.detail = "missed";
  Tick made_good = make_tick(second(2));
  made_good.caught_up = true;
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly), {missed, made_good})));

  const auto all = ticks();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].caught_up);
  EXPECT_FALSE(all[1].caught_up);
  EXPECT_EQ(all[1].count, 7);
  EXPECT_EQ(all[1].detail, "missed");
  EXPECT_LT(std::chrono::abs(all[1].decided_at - house_->now()), 1min);
  EXPECT_EQ(ticks(1), std::vector{all[0]});
}

TEST_P(LogSchedules, TheAccountIsBounded) {
  constexpr int kBatch = 50;
  constexpr int kRounds = limits::kTicksKept / kBatch + 10;
  ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly), {make_tick(second(-1))})));
  for (int round = 0; round < kRounds + 64; ++round) {
    std::vector<Tick> some;
    for (int i = 0; round < kRounds && i < kBatch; ++i)
      some.push_back(make_tick(second(round * kBatch + i), TickOutcome::skipped));
    ASSERT_TRUE(decide(*one_, decision_on(read_one(kNightly), std::move(some))));
  }
  const auto left = ticks(2 * limits::kTicksKept);
  EXPECT_LE(std::ssize(left), limits::kTicksKept + 1);
  EXPECT_GE(std::ssize(left), limits::kTicksKept);
  EXPECT_EQ(left.back().outcome, TickOutcome::starting) << "what is not settled stays";
}

INSTANTIATE_TEST_SUITE_P(Log, LogSchedules, testing::Values(&make_memory_house, &make_postgres_house),
                         [](const auto& tested) {
                           return tested.param == &make_memory_house ? "memory" : "postgres";
                         });

}  // namespace callboard::test
