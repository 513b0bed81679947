#include <gtest/gtest.h>

#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::names;
using test::Play;

TEST(Condition, ThatHoldsLetsTheStepRun) {
  Play play(GraphBuilder().step("a").step("b").after("a").when("steps.a.result.files > 0").build());
  play.settle();
  play.fold(play.history.completed("a", R"({"files":3})"));
  const Decided decided = play.settle();
  EXPECT_EQ(names(play, decided.jobs), "b");
  EXPECT_FALSE(decided.row);
}

TEST(Condition, ThatDoesNotHoldSkipsTheStepAndDoesNotHoldUpItsDependents) {
  Play play(GraphBuilder()
                .step("a")
                .when("inputs.wanted")
                .step("b")
                .after("a")
                .params(R"({"x":"${steps.a.result}"})")
                .build());
  const Decided decided = play.settle();
  EXPECT_EQ(decided.row->list[0].type, EventType::step_skipped);
  EXPECT_EQ(decided.row->list[0].value, "\"condition\"");
  EXPECT_EQ(play.phase("a"), StepPhase::skipped);
  EXPECT_EQ(play.step("a").result, "null");
  EXPECT_EQ(names(play, decided.jobs), "b");
}

TEST(Condition, ThatCannotBeEvaluatedFailsTheStep) {
  Play play(GraphBuilder().step("a").when("secrets.TOKEN").build());
  play.settle();
  EXPECT_EQ(play.phase("a"), StepPhase::failed);
  EXPECT_EQ(play.step("a").error.error_class, ErrorClass::validation);
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Condition, BelowAFailureEverythingIsSkippedAndTheRunCloses) {
  Play play(GraphBuilder()
                .step("a")
                .step("b")
                .after("a")
                .step("c")
                .after("b")
                .step("d")
                .after("c")
                .when("true")
                .build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  const Decided decided = play.settle();
  EXPECT_EQ(decided.row->number, 1u) << "what follows at once stands in one row";
  EXPECT_EQ(decided.row->list.size(), 4u);
  EXPECT_EQ(decided.row->closes, RunPhase::failed);
  for (const char* key : {"b", "c", "d"}) EXPECT_EQ(play.phase(key), StepPhase::skipped) << key;
  EXPECT_EQ(play.state.error.message, "step \"a\" failed: no luck");
}

TEST(Condition, BelowAFailureStepsThatAskForItRunAndTheRunStillFails) {
  Play play(GraphBuilder()
                .step("a")
                .step("b")
                .after("a")
                .step("mend")
                .after("b")
                .when("failure()")
                .step("tidy")
                .after("a")
                .when("always()")
                .step("praise")
                .after("a")
                .when("success()")
                .build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  EXPECT_EQ(names(play, play.settle().jobs), "tidy mend");
  EXPECT_EQ(play.phase("praise"), StepPhase::skipped);
  EXPECT_EQ(play.phase("b"), StepPhase::skipped);
  play.fold(play.history.completed("mend"));
  play.fold(play.history.completed("tidy"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Condition, FailureLooksAtTheStepsOwnAncestorsOnly) {
  Play play(
      GraphBuilder().step("a").step("x").step("b").after("x").when("failure()").step("c").after("x").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.fold(play.history.completed("x"));
  EXPECT_EQ(names(play, play.settle().jobs), "c");
  EXPECT_EQ(play.phase("b"), StepPhase::skipped);
}

TEST(Condition, AStepBehindOneThatMendedIsStillBelowTheFailure) {
  Play play(
      GraphBuilder().step("a").step("mend").after("a").when("failure()").step("c").after("mend").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.settle();
  play.fold(play.history.completed("mend"));
  play.settle();
  EXPECT_EQ(play.phase("c"), StepPhase::skipped);
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Condition, AFailureThatMayBeIsNoneForWhatFollows) {
  Play play(GraphBuilder()
                .step("a")
                .continue_on_error()
                .step("b")
                .after("a")
                .when("failure()")
                .step("c")
                .after("a")
                .when("steps.a.status == 'failed' && steps.a.error.class == 'exit'")
                .build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  EXPECT_EQ(names(play, play.settle().jobs), "c");
  EXPECT_EQ(play.phase("b"), StepPhase::skipped);
}

TEST(Condition, ReadsThePayloadOfTheDelivery) {
  Play play(
      GraphBuilder().step("a").when("event.action == 'opened' && run.event.action == 'opened'").build());
  play.state.event = std::make_shared<const Value>(Object{{"action", "opened"}});
  EXPECT_EQ(names(play, play.settle().jobs), "a");
}

TEST(Condition, NamesStepsWithoutCase) {
  Play play(GraphBuilder()
                .step("a")
                .step("bb")
                .step("BB")
                .step("c")
                .after("a", "bb", "BB")
                .when("steps[format('A')].RESULT.n == 3 && steps[format('Bb')] == null")
                .build());
  play.settle();
  for (const char* key : {"a", "bb", "BB"}) play.fold(play.history.completed(key, R"({"n":3})"));
  EXPECT_EQ(names(play, play.settle().jobs), "c");
}

}  // namespace
}  // namespace callboard::run
