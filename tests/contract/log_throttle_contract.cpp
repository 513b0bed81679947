#include <algorithm>

#include "tests/contract/log_contract.hpp"

// Turns of throttles: never more than so many in a span, in order of age, together with a place or not at
// all.
namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Admitted = log::Slots::Admitted;

class ThrottleContract : public LogContract {
 protected:
  /// Waiting runs, by age.
  std::vector<RunId> make_runs(int count, const std::string& rate, const std::string& group = {}) {
    std::vector<RunId> out;
    for (int i = 0; i < count; ++i) out.push_back(make_run(group, rate));
    std::ranges::sort(out);
    return out;
  }
  Admitted try_for(const RunId& run, const run::Rate& rate, const std::string& group = {}) {
    return admit(*one_, {group, group.empty() ? 0u : 1u, run, rate}, make_row(run, "d/1"));
  }
  void cancel(const RunId& run) {
    log::Append close = make_row(run, "d/1");
    close.close = {run::RunPhase::cancelled, {}};
    ASSERT_TRUE(append(*one_, close));
  }
};

TEST_P(ThrottleContract, NoMoreThanTheLimitBeginInASpanAndTheOthersAreToldWhen) {
  const auto runs = make_runs(6, "few");
  const run::Rate rate{"few", 2, 1h};
  for (const RunId& run : runs) EXPECT_EQ(read_head(run)->phase, run::RunPhase::pending);

  const Admitted first = try_for(runs[0], rate);
  const Admitted second = try_for(runs[1], rate);
  ASSERT_TRUE(first.row && second.row);
  EXPECT_EQ(read_run(runs[0])->back().at, first.row->at) << "the row's time is the turn's";
  EXPECT_EQ(read_head(runs[0])->phase, run::RunPhase::running);
  // Each is told the end of the span that its turn's predecessor began
  std::vector<Admitted> waiting;
  for (std::size_t i = 2; i < runs.size(); ++i) waiting.push_back(try_for(runs[i], rate));
  EXPECT_EQ(waiting[0].turn_at, first.row->at + 1h);
  EXPECT_EQ(waiting[1].turn_at, second.row->at + 1h);
  EXPECT_EQ(waiting[2].turn_at, first.row->at + 2h);
  EXPECT_EQ(waiting[3].turn_at, second.row->at + 2h);
  EXPECT_EQ(read_run(runs[2])->size(), 1u) << "its decision is not in the log";
}

TEST_P(ThrottleContract, ATurnIsFreeAgainAtTheEndOfItsSpanAndNotBefore) {
  const auto runs = make_runs(2, "one");
  const run::Rate rate{"one", 1, 300ms};
  const Admitted first = try_for(runs[0], rate);
  ASSERT_TRUE(first.row);
  Admitted second = try_for(runs[1], rate);
  while (!second.row) {
    ASSERT_TRUE(second.turn_at);
    EXPECT_EQ(*second.turn_at, first.row->at + 300ms);
    house_->pass(2ms);
    second = try_for(runs[1], rate);
  }
  EXPECT_GE(second.row->at - first.row->at, Micros(300ms));
  EXPECT_LT(second.row->at - first.row->at, Micros(5s));
}

TEST_P(ThrottleContract, TurnsGoByAgeWhoeverTriesFirst) {
  const auto runs = make_runs(3, "age");
  const run::Rate rate{"age", 1, 1h};
  EXPECT_TRUE(try_for(runs[2], rate).turn_at);
  EXPECT_TRUE(try_for(runs[1], rate).turn_at);
  EXPECT_TRUE(try_for(runs[0], rate).row);
}

TEST_P(ThrottleContract, WhoLeavesTheQueueTakesNoTurnAndTheNextIsTold) {
  const auto runs = make_runs(4, "left");
  const run::Rate rate{"left", 1, 1h};
  const Admitted first = try_for(runs[0], rate);
  try_for(runs[1], rate);
  EXPECT_EQ(try_for(runs[2], rate).turn_at, first.row->at + 2h);
  cancel(runs[1]);
  ASSERT_FALSE(read_inbox().empty());
  EXPECT_EQ(read_inbox().back().run, runs[2]);
  EXPECT_EQ(try_for(runs[2], rate).turn_at, first.row->at + 1h);
  EXPECT_EQ(try_for(runs[3], rate).turn_at, first.row->at + 2h);
}

TEST_P(ThrottleContract, WhoFollowsOnesThatLeftIsToldWhenItIsTheFirst) {
  const auto runs = make_runs(3, "late");
  const run::Rate rate{"late", 1, 200ms};
  const Admitted first = try_for(runs[0], rate);
  try_for(runs[1], rate);
  const Admitted told = try_for(runs[2], rate);
  ASSERT_EQ(told.turn_at, first.row->at + 400ms);
  house_->pass(700ms);  // nobody has come: its time is long over, and it is not the first
  const Admitted second = try_for(runs[1], rate);
  ASSERT_TRUE(second.row);
  EXPECT_EQ(try_for(runs[2], rate).turn_at, second.row->at + 200ms);
}

TEST_P(ThrottleContract, AnAdmissionThatIsSentAgainTakesOneTurn) {
  const auto runs = make_runs(2, "again");
  const run::Rate rate{"again", 2, 1h};
  const log::Append row = make_row(runs[0], "d/1");
  const Admitted first = admit(*one_, {"", 0, runs[0], rate}, row);
  const Admitted again = admit(*other_, {"", 0, runs[0], rate}, row);
  ASSERT_TRUE(first.row && again.row);
  EXPECT_EQ(first.row->at, again.row->at);
  EXPECT_TRUE(try_for(runs[1], rate).row);
}

TEST_P(ThrottleContract, ARunTakesAPlaceAndATurnOrNeither) {
  const auto runs = make_runs(3, "both", "group");
  const run::Rate rate{"both", 2, 1h};
  ASSERT_TRUE(try_for(runs[0], rate, "group").row);
  const Admitted second = try_for(runs[1], rate, "group");
  EXPECT_FALSE(second.row || second.turn_at) << "it lacks a place, and has taken no turn";
  cancel(runs[1]);
  EXPECT_FALSE(try_for(runs[2], rate, "group").turn_at);
  // Another group: the second turn is still there
  const RunId other = make_run("another", "both");
  ASSERT_TRUE(try_for(other, rate, "another").row);
  // A place is free again, and no turn is
  log::Append close = make_row(runs[0], "d/2");
  close.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close));
  EXPECT_TRUE(try_for(runs[2], rate, "group").turn_at);
  const RunId unthrottled = make_run("group");
  EXPECT_TRUE(admit(*one_, "group", 1, unthrottled, make_row(unthrottled, "d/1")))
      << "who waits for a turn holds up nobody in the group";
}

TEST_P(ThrottleContract, WhoLacksAPlaceHoldsUpNobodyAtTheThrottle) {
  const auto busy = make_runs(2, "shared", "busy");
  const RunId quick = make_run("idle", "shared");
  const run::Rate rate{"shared", 2, 1h};
  ASSERT_TRUE(try_for(busy[0], rate, "busy").row);
  EXPECT_FALSE(try_for(busy[1], rate, "busy").turn_at);
  EXPECT_TRUE(try_for(quick, rate, "idle").row);
}

TEST_P(ThrottleContract, ARunThatStandsAsideLeavesItsTurnToTheNext) {
  const auto runs = make_runs(3, "aside");
  const run::Rate rate{"aside", 1, 1h};
  const Admitted first = try_for(runs[0], rate);
  try_for(runs[1], rate);
  try_for(runs[2], rate);
  const Incarnation owner = make_incarnation();
  ASSERT_TRUE(beat(*one_, owner));
  ASSERT_EQ(take(*one_, owner, {partition_of(runs[1], limits::kPartitions)}).size(), 1u);
  EXPECT_TRUE(*await<bool>(
      house_->loop(), [&](auto done) { one_->slots().stand_aside(owner, runs[1], {}, std::move(done)); }));
  EXPECT_EQ(read_inbox().back().run, runs[2]);
  EXPECT_EQ(try_for(runs[2], rate).turn_at, first.row->at + 1h);
}

TEST_P(ThrottleContract, WhoTryAtTheSameTimeFromSeveralProcessesGetNoMoreThanTheLimit) {
  const auto runs = make_runs(12, "crowd");
  std::size_t answers = 0;
  std::size_t admitted = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    LogProcess& process = i % 2 == 0 ? *one_ : *other_;
    process.slots().admit({"", 0, runs[i], run::Rate{"crowd", 5, 1h}}, make_row(runs[i], "d/1"),
                          [&](const Result<Admitted>& answer) {
                            ASSERT_TRUE(answer) << answer.error().message;
                            ++answers;
                            if (answer->row) ++admitted;
                          });
  }
  ASSERT_TRUE(run_until(house_->loop(), [&] { return answers == runs.size(); }));
  for (const RunId& run : runs) {
    if (read_run(run)->size() == 1 && try_for(run, {"crowd", 5, 1h}).row) ++admitted;
  }
  EXPECT_EQ(admitted, 5u);
}

class StepThrottleContract : public ThrottleContract {
 protected:
  Admitted try_step(const RunId& run, const std::string& key, const run::Rate& rate) {
    return admit(*one_, {.group = {}, .limit = 0, .run = run, .rate = rate, .of_step = true},
                 make_row(run, key));
  }
  bool leave(const RunId& run, const std::vector<std::string>& keep) {
    return *await<bool>(house_->loop(),
                        [&](auto done) { one_->slots().leave_turns(run, keep, std::move(done)); });
  }
};

TEST_P(StepThrottleContract, AttemptsOfAllRunsAreCountedTogetherAndApartFromRuns) {
  const RunId one = make_run();
  const RunId other = make_run();
  const run::Rate rate{"x", 2, 1h};
  const RunId throttled = make_run("", "x");
  ASSERT_TRUE(try_for(throttled, rate).row) << "a workflow's throttle of the same name is another";
  const Admitted first = try_step(one, "d/1", rate);
  ASSERT_TRUE(first.row);
  EXPECT_EQ(read_run(one)->back().at, first.row->at);
  EXPECT_EQ(read_head(one)->phase, run::RunPhase::running);
  ASSERT_TRUE(try_step(other, "d/1", rate).row);
  EXPECT_EQ(try_step(one, "d/2", rate).turn_at, first.row->at + 1h);
  EXPECT_EQ(read_run(one)->size(), 2u) << "its decision is not in the log";
  ASSERT_TRUE(append(*one_, make_row(one, "d/2")));
  const auto lost = await<Admitted>(house_->loop(), [&](auto done) {
    one_->slots().admit({.group = {}, .limit = 0, .run = one, .rate = rate, .of_step = true},
                        make_row(one, "d/2"), std::move(done));
  });
  EXPECT_EQ(lost.error().code, ErrorCode::conflict);
}

TEST_P(StepThrottleContract, RunsTakeTurnAbout) {
  const RunId busy = make_run();
  const RunId late = make_run();
  const run::Rate rate{"about", 1, 300ms};
  const Admitted first = try_step(busy, "d/1", rate);
  EXPECT_EQ(try_step(busy, "d/2", rate).turn_at, first.row->at + 300ms);
  EXPECT_EQ(try_step(late, "d/1", rate).turn_at, first.row->at + 600ms);
  house_->pass(310ms);
  EXPECT_TRUE(try_step(late, "d/1", rate).turn_at) << "busy came first";
  const Admitted second = try_step(busy, "d/2", rate);
  ASSERT_TRUE(second.row);
  EXPECT_EQ(try_step(busy, "d/3", rate).turn_at, second.row->at + 600ms) << "and is behind late now";
  EXPECT_EQ(try_step(late, "d/1", rate).turn_at, second.row->at + 300ms);
}

TEST_P(StepThrottleContract, ARunThatDoesNotComeHoldsUpNobodyForLong) {
  const RunId first = make_run();
  const RunId gone = make_run();
  const RunId next = make_run();
  const run::Rate rate{"gone", 1, 100ms};
  ASSERT_TRUE(try_step(first, "d/1", rate).row);
  ASSERT_TRUE(try_step(gone, "d/1", rate).turn_at);
  ASSERT_TRUE(try_step(next, "d/1", rate).turn_at);
  house_->pass(limits::kTurnGrace + 200ms);
  EXPECT_TRUE(try_step(next, "d/1", rate).row);
}

TEST_P(StepThrottleContract, ARunThatLeavesHoldsUpNobody) {
  const RunId first = make_run();
  const RunId gone = make_run();
  const RunId next = make_run();
  const RunId last = make_run();
  const run::Rate rate{"left", 1, 300ms};
  const Admitted taken = try_step(first, "d/1", rate);
  ASSERT_TRUE(taken.row);
  ASSERT_TRUE(try_step(gone, "d/1", rate).turn_at);
  ASSERT_TRUE(try_step(gone, "d/1", {"other", 1, 1h}).row);
  ASSERT_TRUE(try_step(gone, "d/2", {"other", 1, 1h}).turn_at);
  ASSERT_EQ(try_step(next, "d/1", rate).turn_at, taken.row->at + 600ms);
  ASSERT_EQ(try_step(last, "d/1", rate).turn_at, taken.row->at + 900ms);
  EXPECT_TRUE(read_inbox().empty()) << "each comes when it was told";
  EXPECT_TRUE(leave(gone, {"other"}));
  EXPECT_FALSE(leave(gone, {"other"})) << "it has left";
  ASSERT_EQ(read_inbox().size(), 1u);
  EXPECT_EQ(read_inbox().back().run, next) << "its turn comes earlier now";
  EXPECT_EQ(try_step(next, "d/1", rate).turn_at, taken.row->at + 300ms);
  house_->pass(310ms);
  ASSERT_TRUE(try_step(next, "d/1", rate).row);
  EXPECT_EQ(read_inbox().back().run, last) << "and that of whoever is first then";
  EXPECT_TRUE(leave(gone, {})) << "it was still in the other queue";
}

INSTANTIATE_TEST_SUITE_P(Log, ThrottleContract, testing::Values(&make_memory_house, &make_postgres_house),
                         [](const testing::TestParamInfo<MakeHouse>& info) {
                           return info.param == &make_memory_house ? "memory" : "postgres";
                         });

INSTANTIATE_TEST_SUITE_P(Log, StepThrottleContract, testing::Values(&make_memory_house, &make_postgres_house),
                         [](const testing::TestParamInfo<MakeHouse>& info) {
                           return info.param == &make_memory_house ? "memory" : "postgres";
                         });

}  // namespace
}  // namespace callboard::test
