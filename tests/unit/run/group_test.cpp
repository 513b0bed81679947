#include <gtest/gtest.h>

#include "shared/run/judge.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::names;
using test::Play;

/// first, then the group g (g--x, then g--y), then last.
GraphBuilder with_group(const std::string& condition = "", bool continue_on_error = false) {
  GraphBuilder builder;
  builder.step("first").step("g--with").after("first").params(R"({"n":"${ steps.first.result.n }"})");
  if (!condition.empty()) builder.when(condition);
  builder.step("g--x").after("g--with").step("g--y").after("g--x").step("g").after("g--with", "g--y");
  builder.params(R"({"y":"${ steps['g--y'].result.y }"})");
  if (continue_on_error) builder.continue_on_error();
  return std::move(builder.group("g--with", "g").step("last").after("g"));
}

std::string phases(const Play& play) {
  std::string out;
  for (const Step& step : play.graph.steps)
    out += (out.empty() ? "" : " ") + step.key + ":" + std::string(to_string(play.phase(step.key)));
  return out;
}

TEST(Group, BeginsWithWhatItIsGivenAndEndsWithItsOutputs) {
  Play play(with_group().build());
  EXPECT_EQ(names(play, play.settle().jobs), "first");
  play.fold(play.history.completed("first", R"({"n":3})"));
  EXPECT_EQ(names(play, play.settle().jobs), "g--x");
  EXPECT_EQ(play.step("g--with").result, R"({"n":3})");
  play.fold(play.history.completed("g--x"));
  EXPECT_EQ(names(play, play.settle().jobs), "g--y");
  play.fold(play.history.completed("g--y", R"({"y":4})"));
  EXPECT_EQ(names(play, play.settle().jobs), "last");
  EXPECT_EQ(play.step("g").result, R"({"y":4})");
}

TEST(Group, FailsWhereOneOfItsStepsDoes) {
  Play play(with_group().build());
  play.settle();
  play.fold(play.history.completed("first"));
  play.settle();
  play.fold(play.history.failed("g--x", ErrorClass::auth));
  play.settle();
  EXPECT_EQ(phases(play), "first:completed g--with:completed g--x:failed g--y:skipped g:failed last:skipped");
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.error,
            (StepError{ErrorClass::auth, "step \"g\" failed: its step \"g--x\" failed: no luck"}));
}

TEST(Group, ThatMayFailHasTheRunGoOn) {
  Play play(with_group("", true).build());
  play.settle();
  play.fold(play.history.completed("first"));
  play.settle();
  play.fold(play.history.failed("g--x", ErrorClass::auth));
  EXPECT_EQ(names(play, play.settle().jobs), "last");
  play.fold(play.history.completed("last"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Group, IsSkippedAsAWhole) {
  Play play(with_group("1 == 2").build());
  play.settle();
  play.fold(play.history.completed("first"));
  EXPECT_EQ(names(play, play.settle().jobs), "last");
  EXPECT_EQ(phases(play), "first:completed g--with:skipped g--x:skipped g--y:skipped g:skipped last:ready");
}

TEST(Group, BelowAFailureIsSkippedInOneRow) {
  Play play(with_group().build());
  play.settle();
  play.fold(play.history.failed("first", ErrorClass::auth));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.decisions, 2u);
  EXPECT_EQ(phases(play), "first:failed g--with:skipped g--x:skipped g--y:skipped g:skipped last:skipped");
}

TEST(Group, ThatRunsBelowAFailureHasStepsThatKnowNothingOfIt) {
  // given a group that runs although a step before it failed
  Play play(with_group("failure()").build());
  play.settle();
  play.fold(play.history.failed("first", ErrorClass::auth));
  // when it begins, its steps do too
  EXPECT_EQ(names(play, play.settle().jobs), "g--x");
  play.fold(play.history.completed("g--x"));
  EXPECT_EQ(names(play, play.settle().jobs), "g--y");
  play.fold(play.history.completed("g--y"));
  play.settle();
  // and what comes behind it is below the failure all the same
  EXPECT_EQ(play.phase("g"), StepPhase::completed);
  EXPECT_EQ(play.phase("last"), StepPhase::skipped);
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Group, FailsWhereItIsGivenWhatItDoesNotTake) {
  GraphBuilder builder = with_group();
  Graph graph = builder.build();
  graph.steps[1].types = {{"n", JsonSchema(Object{{"type", "integer"}, {"minimum", 1}})}};
  Play play(std::move(graph));
  play.settle();
  play.fold(play.history.completed("first", R"({"n":0})"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.step("g--with").error,
            (StepError{ErrorClass::validation, "with.n: found 0, expected at least 1"}));
  EXPECT_EQ(play.phase("g"), StepPhase::failed);
}

TEST(Group, GoesOnWithWhatFailedInItWhenTheRunIsTriedAgain) {
  Play play(with_group().build());
  play.settle();
  play.fold(play.history.completed("first"));
  play.settle();
  play.fold(play.history.completed("g--x"));
  play.settle();
  play.fold(play.history.failed("g--y", ErrorClass::auth));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.fold(play.history.command("again", "retry"));
  EXPECT_EQ(names(play, play.settle().jobs), "g--y");
}

/// a, then the group g (g--x, then g--y and g--tell), which ends the run, then last.
Graph ending_with_group(const std::string& condition = "always()") {
  GraphBuilder builder;
  builder.step("a").step("g--with").after("a").when(condition).params(R"({"n":1})");
  builder.step("g--x").after("g--with").step("g--y").after("g--x");
  builder.step("g--tell").after("g--x").when("failure()");
  builder.step("g").after("g--with", "g--y", "g--tell").params(R"({"y":"${ steps['g--y'].result.y }"})");
  return builder.group("g--with", "g").step("last").after("g").when("always()").build();
}

/// Its workers have stopped.
std::string cancelled(Play& play) { return names(play, play.cancel().jobs); }

TEST(GroupAtTheEnd, RunsWhileTheRunCancels) {
  Play play(ending_with_group());
  play.settle();
  // when the run is cancelled before the group has begun
  EXPECT_EQ(cancelled(play), "g--x");
  EXPECT_EQ(play.step("g--with").result, R"({"n":1})");
  // then its steps run in their order, and what stands behind it waits for its end
  play.fold(play.history.completed("g--x"));
  EXPECT_EQ(names(play, play.settle().jobs), "g--y");
  play.fold(play.history.completed("g--y", R"({"y":4})"));
  EXPECT_EQ(names(play, play.settle().jobs), "last");
  EXPECT_EQ(play.step("g").result, R"({"y":4})");
  play.fold(play.history.completed("last"));
  EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
  EXPECT_EQ(play.phase("g--tell"), StepPhase::cancelled);
}

TEST(GroupAtTheEnd, FailsWhileTheRunCancels) {
  Play play(ending_with_group());
  play.settle();
  cancelled(play);
  // when one of its steps fails, then what stands below it does not run but where it asks for that
  play.fold(play.history.failed("g--x", ErrorClass::auth));
  EXPECT_EQ(names(play, play.settle().jobs), "g--tell");
  play.fold(play.history.completed("g--tell"));
  EXPECT_EQ(names(play, play.settle().jobs), "last");
  EXPECT_EQ(play.step("g").error, (StepError{ErrorClass::auth, "its step \"g--x\" failed: no luck"}));
  play.fold(play.history.completed("last"));
  EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
  EXPECT_EQ(play.phase("g--y"), StepPhase::cancelled);
}

TEST(GroupAtTheEnd, ThatHasBegunGoesOnWhenTheRunIsCancelled) {
  Play play(ending_with_group());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::auth));
  EXPECT_EQ(names(play, play.settle().jobs), "g--x");
  EXPECT_EQ(cancelled(play), "g--x");
  EXPECT_TRUE(outlives_cancel(play.graph, play.state, play.graph.find("g--x"))) << "it is not stopped";
  play.fold(play.history.completed("g--x"));
  EXPECT_EQ(names(play, play.settle().jobs), "g--y");
  play.fold(play.history.completed("g--y"));
  play.settle();
  EXPECT_EQ(play.phase("g"), StepPhase::completed);
}

TEST(GroupAtTheEnd, ThatAsksForNoCancelDoesNotBeginAndDoesNotGoOn) {
  for (const bool has_begun : {false, true}) {
    Play play(ending_with_group("success() || failure()"));
    play.settle();
    if (has_begun) {
      play.fold(play.history.completed("a"));
      play.settle();
    }
    EXPECT_EQ(cancelled(play), "last") << has_begun;
    play.fold(play.history.completed("last"));
    EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
    EXPECT_EQ(play.phase("g--with"), has_begun ? StepPhase::completed : StepPhase::cancelled);
    EXPECT_EQ(play.phase("g"), StepPhase::cancelled);
  }
}

TEST(GroupAtTheEnd, InAGroupGoesOnAsThatDoes) {
  GraphBuilder builder;
  builder.step("a").step("o--with").after("a").when("always()").step("o--i--with").after("o--with");
  builder.step("o--i--x").after("o--i--with").step("o--i").after("o--i--x").step("o--z").after("o--i");
  builder.step("o").after("o--z").group("o--with", "o").group("o--i--with", "o--i");
  builder.edit([](Step& step) { step.continue_on_error = true; });
  Graph graph = builder.build();
  graph.steps[graph.find("o--i")].group_end = graph.find("o");
  graph.steps[graph.find("o--i--with")].group_end = graph.find("o--i");
  link(graph, false);
  Play play(std::move(graph));
  play.settle();
  EXPECT_EQ(cancelled(play), "o--i--x");
  play.fold(play.history.failed("o--i--x", ErrorClass::auth));
  EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
  EXPECT_EQ(phases(play),
            "a:cancelled o--with:completed o--i--with:completed o--i--x:failed o--i:failed o--z:cancelled "
            "o:failed");
}

TEST(Outputs, ThatAreNotWhatTheirTypesSayFailTheRun) {
  Graph graph = GraphBuilder()
                    .step("a")
                    .outputs(R"({"n":"${ steps.a.result.n }","m":"${ steps.a.result.m }"})")
                    .build();
  graph.output_types = {{"n", JsonSchema(Object{{"type", "integer"}})},
                        {"m", JsonSchema(Object{{"type", "object"}})}};
  Play play(std::move(graph));
  play.settle();
  play.fold(play.history.completed("a", R"({"n":"five"})"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.error, (StepError{ErrorClass::validation,
                                         "outputs.n: found \"five\", expected integer; "
                                         "outputs.m: found null, expected object"}));
}

}  // namespace
}  // namespace callboard::run
