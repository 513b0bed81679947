#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::describe;
using test::GraphBuilder;
using test::must;
using test::names;
using test::Play;

GraphBuilder polling(std::uint32_t attempts = 3) {
  return GraphBuilder()
      .step("a")
      .retry(attempts)
      .until("steps.a.result.done")
      .step("b")
      .after("a")
      .params(R"({"from":"${ steps.a.result.n }"})");
}

TEST(Until, HasAnAttemptThatCompletesTriedAgainWhileItDoesNotHold) {
  // given a step that polls
  Play play(polling().build());
  play.settle();
  // when its first attempt completes with another answer
  play.fold(play.history.completed("a", R"({"done":false})"));
  EXPECT_EQ(play.phase("a"), StepPhase::judging);
  EXPECT_EQ(to_string(waiting_for(play.graph, play.state).front().kind), "decision");
  const Time ended_at = play.history.at;
  const Decided decided = play.settle();
  // then the next has a time, by the policy's delays, and nothing behind it begins
  ASSERT_TRUE(decided.row);
  EXPECT_EQ(decided.row->list[0].type, EventType::step_retry_scheduled);
  EXPECT_EQ(decided.row->list[0].attempt, 2u);
  EXPECT_EQ(decided.row->list[0].at, ended_at + 1s);
  EXPECT_EQ(play.phase("a"), StepPhase::retrying);
  EXPECT_EQ(play.phase("b"), StepPhase::pending);
  EXPECT_EQ(play.step("a").result, "null") << "no result of its own yet";
  // and the one whose answer is right ends it
  EXPECT_EQ(names(play, play.wake(0, ended_at + 1s).jobs), "a#2");
  play.fold(play.history.completed("a", R"({"done":true,"n":7})", 2));
  EXPECT_EQ(names(play, play.settle().jobs), "b");
  EXPECT_EQ(play.step("a").result, R"({"done":true,"n":7})");
  EXPECT_EQ(play.step("a").attempt, 2u);
}

TEST(Until, FailsTheStepWhenAttemptsRunOut) {
  Play play(polling(2).build());
  play.settle();
  play.fold(play.history.completed("a", R"({"done":"", "n":1})"));
  play.settle();
  play.wake(0, play.history.at + 1min);
  play.fold(play.history.completed("a", R"({"done":0})", 2));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.step("a").error, (StepError{ErrorClass::validation,
                                             "`until` did not hold after 2 attempts: steps.a.result.done "
                                             "(steps.a.result.done is 0)"}));
  EXPECT_EQ(play.phase("b"), StepPhase::skipped);
}

TEST(Until, CountsErrorsAsAttemptsByTheSamePolicy) {
  Play play(polling(3).build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::network));
  play.settle();
  play.wake(0, play.history.at + 1min);
  play.fold(play.history.completed("a", R"({"done":false})", 2));
  play.settle();
  EXPECT_EQ(play.step("a").attempt, 3u);
  play.wake(0, play.history.at + 1min);
  play.fold(play.history.failed("a", ErrorClass::auth, 3));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Until, ThatCanNotBeEvaluatedFailsTheStep) {
  Play play(GraphBuilder().step("a").until("fromJSON(steps.a.result.text)").build());
  play.settle();
  play.fold(play.history.completed("a", R"({"text":"{"})"));
  play.settle();
  EXPECT_EQ(play.step("a").error.error_class, ErrorClass::validation);
  EXPECT_TRUE(play.step("a").error.message.starts_with("retry.until: ")) << play.step("a").error.message;
}

TEST(Until, IsJudgedOnlyWhenAllAboveIsSettled) {
  Play play(GraphBuilder()
                .step("x")
                .step("a")
                .after("x")
                .retry(2)
                .until("steps.x.result.n == steps.a.result.n")
                .build());
  play.settle();
  play.fold(play.history.completed("a", R"({"n":1})"));  // known before the step that it rests on
  EXPECT_FALSE(play.settle().row);
  play.fold(play.history.completed("x", R"({"n":1})"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Until, OfAnItemReadsItsOwnAttempt) {
  Play play(
      GraphBuilder().step("m").each("fromJSON('[1,2]')").retry(2).until("steps.m.result.n == item").build());
  play.settle();
  play.fold(play.history.completed("m[0]", R"({"n":1})"));
  play.fold(play.history.completed("m[1]", R"({"n":1})"));
  play.settle();
  EXPECT_EQ(play.phase("m[0]"), StepPhase::completed);
  EXPECT_EQ(play.phase("m[1]"), StepPhase::retrying);
  play.wake(find_place(play.graph, play.state, "m[1]"), play.history.at + 1min);
  play.fold(play.history.completed("m[1]", R"({"n":2})", 2));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
  EXPECT_EQ(play.step("m").result, R"([{"n":1},{"n":2}])");
}

TEST(Until, IsNotJudgedAnyMoreWhileTheRunCancels) {
  const auto cancelled = [](bool fact_first) {
    Play play(polling().build());
    play.settle();
    const Event fact = play.history.completed("a", R"({"done":true})");
    if (fact_first) play.fold(fact);
    Decision decision{.type = EventType::run_cancelling};
    decision.error = {ErrorClass::cancelled, "enough"};
    const Event row = play.history.decided(1, {decision});
    play.fold(row);
    if (!fact_first) play.fold(fact);
    EXPECT_EQ(play.phase("a"), StepPhase::cancelled);
    return describe(play.graph, play.state);
  };
  EXPECT_EQ(cancelled(true), cancelled(false));
}

TEST(Until, KeepsItsResultOverARewind) {
  Play play(polling().step("c").after("b").build());
  play.settle();
  play.fold(play.history.completed("a", R"({"done":1,"n":2})"));
  play.settle();
  play.fold(play.history.failed("b", ErrorClass::auth));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.fold(play.history.command("again", "retry"));
  EXPECT_EQ(names(play, play.settle().jobs), "b");
  EXPECT_EQ(play.step("a").result, R"({"done":1,"n":2})");
}

TEST(Until, TravelsInNoLine) {
  const Graph graph =
      GraphBuilder().step("a").step("b").after("a").until("steps.b.result").step("c").after("b").build(true);
  EXPECT_EQ(graph.steps[0].next_in_line, kNoStep);
  EXPECT_EQ(graph.steps[1].next_in_line, kNoStep);
}

}  // namespace
}  // namespace callboard::run
