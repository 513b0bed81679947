#include "shared/run/rewind.hpp"

#include <gtest/gtest.h>

#include "shared/run/commands.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::Play;

/// a, then b and c; b fails.
Play failed_run() { return Play(GraphBuilder().step("a").step("b").after("a").step("c").after("a").build()); }

void fail_b(Play& play) {
  play.settle();
  play.fold(play.history.completed("a", "1"));
  play.settle();
  play.fold(play.history.completed("c", "3"));
  play.fold(play.history.failed("b", ErrorClass::exit));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
}

void ask(Play& play, const Command& command) {
  static int last = 0;
  play.fold(play.history.command("again-" + std::to_string(++last), command));
}

TEST(Rewind, ARetryRunsWhatFailedAndKeepsTheRest) {
  Play play(GraphBuilder().step("a").step("b").after("a").step("c").after("a").step("d").after("b").build());
  fail_b(play);
  ask(play, {.name = "retry", .actor = {}, .generation = 1});
  EXPECT_TRUE(wants_rewind(play.state));
  const Decided decided = play.settle();
  EXPECT_EQ(test::names(play, decided.jobs), "b");
  EXPECT_EQ(play.state.phase, RunPhase::running);
  EXPECT_EQ(play.state.generation, 2u);
  EXPECT_EQ(play.step("a").result, "1");
  EXPECT_EQ(play.phase("c"), StepPhase::completed);
  EXPECT_EQ(play.phase("d"), StepPhase::pending);
  EXPECT_FALSE(wants_rewind(play.state));
}

TEST(Rewind, TheRowOpensTheRunAgainAndNamesWhatItKeepsByKey) {
  Play play = failed_run();
  fail_b(play);
  ask(play, {.name = "retry", .actor = {}, .generation = 1});
  const Decided decided = play.decide();
  ASSERT_TRUE(decided.row);
  EXPECT_TRUE(decided.row->reopens);
  EXPECT_FALSE(decided.row->closes);
  const Decision& rewind = decided.row->list.front();
  EXPECT_EQ(rewind.generation, 2u);
  EXPECT_EQ(rewind.keep, (std::vector<std::string>{"g1/a/1/result", "g1/c/1/result"}));
}

TEST(Rewind, ARetryThatIsMeantForAnotherGenerationHasNoEffect) {
  Play play = failed_run();
  fail_b(play);
  ask(play, {.name = "retry", .actor = {}, .generation = 1});
  play.settle();
  play.history.generation = 2;
  play.fold(play.history.failed("b", ErrorClass::exit));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  ask(play, {.name = "retry", .actor = {}, .generation = 1});
  EXPECT_FALSE(wants_rewind(play.state));
  EXPECT_FALSE(play.decide().row);
}

TEST(Rewind, AnOutcomeOfAnOlderGenerationThatIsNotKeptIsNone) {
  Play play(GraphBuilder().step("a").step("b").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.fold(play.history.completed("b", "1"));
  play.settle();
  ask(play, {.name = "rewind", .actor = {}, .generation = 1});
  play.settle();
  play.fold(play.history.completed("b", "1"));
  EXPECT_EQ(play.phase("b"), StepPhase::ready);
  play.history.generation = 2;
  play.fold(play.history.completed("b", "2"));
  EXPECT_EQ(play.step("b").result, "2");
}

TEST(Rewind, AnOpenRunIsCancelledBeforeItGoesBack) {
  Play play(GraphBuilder().step("a").step("b").after("a").build());
  play.settle();
  play.fold(play.history.completed("a", "1"));
  play.settle();
  ask(play, {.name = "rewind", .actor = {}, .generation = 1, .checkpoint = "1.0.x", .keep = {"a"}});
  const Decided cancelling = play.settle();
  EXPECT_TRUE(cancelling.stop_workers);
  EXPECT_EQ(play.state.phase, RunPhase::cancelling);
  const Decided decided = play.stop_workers();
  EXPECT_EQ(play.state.phase, RunPhase::running);
  EXPECT_EQ(test::names(play, decided.jobs), "b");
  EXPECT_EQ(play.step("a").result, "1");
}

TEST(Rewind, TheTimeOutOfTheRunBeginsAnew) {
  Play play(GraphBuilder().step("a").timeout(1h).build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.settle();
  play.history.at += 2h;
  ask(play, {.name = "retry", .actor = {}, .generation = 1});
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::running);
}

TEST(Lost, AStepThatMustNotRunTwiceAsksAndIsAnswered) {
  for (const auto& [word, end] : {std::pair("retry", StepPhase::ready), std::pair("fail", StepPhase::failed),
                                  std::pair("complete", StepPhase::completed)}) {
    Play play(GraphBuilder().step("pay").once().step("other").build());
    play.settle();
    play.fold(play.history.started("pay"));
    play.fold(play.history.lost("pay"));
    EXPECT_FALSE(play.decide().row);
    EXPECT_EQ(play.phase("pay"), StepPhase::asking);
    Command answer{.name = "answer", .actor = "ada", .generation = 1};
    answer.step = "pay";
    answer.attempt = 1;
    answer.answer = word;
    answer.result = R"({"receipt":7})";
    ask(play, answer);
    play.settle();
    EXPECT_EQ(play.phase("pay"), end) << word;
    EXPECT_EQ(play.step("pay").attempt, end == StepPhase::ready ? 2u : 1u);
    if (end == StepPhase::completed) EXPECT_EQ(play.step("pay").result, R"({"receipt":7})");
  }
}

TEST(Lost, AnAnswerForAnotherAttemptHasNoEffect) {
  Play play(GraphBuilder().step("pay").once().build());
  play.settle();
  play.fold(play.history.lost("pay"));
  Command answer{.name = "answer", .actor = "ada", .generation = 1};
  answer.step = "pay";
  answer.attempt = 2;
  answer.answer = "fail";
  ask(play, answer);
  EXPECT_FALSE(play.decide().row);
  EXPECT_EQ(play.phase("pay"), StepPhase::asking);
}

TEST(Lost, GoesByWhatTheStepSays) {
  Play fails(GraphBuilder().step("pay").once(OnLost::fail).build());
  fails.settle();
  fails.fold(fails.history.lost("pay"));
  EXPECT_EQ(fails.phase("pay"), StepPhase::failed);
  Play retries(GraphBuilder().step("pay").once(OnLost::retry).retry(2).build());
  retries.settle();
  retries.fold(retries.history.lost("pay"));
  EXPECT_EQ(retries.phase("pay"), StepPhase::deciding);
}

TEST(Wait, TakesTheSignalThatCameBeforeItAndTheOldestFirst) {
  Play play(GraphBuilder().step("a").step("w").after("a").wait(R"({"signal":"go"})").build());
  play.settle();
  play.fold(play.history.signal("2", "stop", "0"));
  play.fold(play.history.signal("1", "go", "1"));
  play.fold(play.history.signal("0", "go", "2"));
  play.fold(play.history.completed("a"));
  play.settle();
  EXPECT_EQ(play.phase("w"), StepPhase::completed);
  EXPECT_NE(play.step("w").result.find(R"("data":1)"), std::string::npos) << play.step("w").result;
  EXPECT_TRUE(play.state.consumed.contains("signal/1"));
  EXPECT_EQ(play.state.signals.size(), 2u);
}

TEST(Wait, TwoWaitsTakeTwoSignals) {
  Play play(GraphBuilder().step("w").wait(R"({"signal":"go"})").step("x").wait(R"({"signal":"go"})").build());
  play.settle();
  play.fold(play.history.signal("1", "go"));
  play.settle();
  EXPECT_EQ(play.phase("w"), StepPhase::completed);
  EXPECT_EQ(play.phase("x"), StepPhase::ready);
  play.fold(play.history.signal("2", "go"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Wait, GivesUpAfterItsTimeOut) {
  Play play(GraphBuilder().step("w").wait(R"({"signal":"go"})", 30s).build());
  play.settle();
  play.wake(0, play.history.at + 31s);
  EXPECT_EQ(play.phase("w"), StepPhase::failed);
  EXPECT_EQ(play.step("w").error.error_class, ErrorClass::timeout);
}

}  // namespace
}  // namespace callboard::run
