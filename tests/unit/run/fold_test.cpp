#include "shared/run/fold.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::History;
using test::names;
using test::Play;

TEST(Run, BeginsWithTheStepsThatDependOnNothing) {
  // given
  Play play(GraphBuilder().step("a").step("b").step("c").after("a", "b").build());
  // when
  const Decided decided = play.settle();
  // then
  EXPECT_EQ(names(play, decided.jobs), "a b");
  EXPECT_EQ(play.phase("c"), StepPhase::pending);
  EXPECT_EQ(play.state.phase, RunPhase::running);
}

TEST(Run, PublishesAStepOnceItsLastDependencyIsCompleted) {
  Play play(GraphBuilder().step("a").step("b").step("c").after("a", "b").build());
  play.settle();
  play.fold(play.history.completed("a"));
  EXPECT_EQ(names(play, play.settle().jobs), "");
  play.fold(play.history.completed("b"));
  EXPECT_EQ(names(play, play.settle().jobs), "c");
}

TEST(Run, IsAskedAboutAReadyStepOnlyWhileItIsInAttention) {
  Play play(GraphBuilder().step("a").build());
  EXPECT_EQ(names(play, play.decide().jobs), "a");
  EXPECT_EQ(names(play, play.decide().jobs), "");
}

TEST(Run, ClosesWithItsOutputsWhenAllStepsAreClosed) {
  Play play(GraphBuilder().step("a").outputs(R"({"n":"${steps.a.result.n}","who":"${inputs.who}"})").build());
  play.settle();
  play.fold(play.history.completed("a", R"({"n":42})"));
  const Decided decided = play.settle();
  ASSERT_TRUE(decided.row);
  EXPECT_EQ(decided.row->number, 1u);
  EXPECT_EQ(decided.row->closes, RunPhase::completed);
  EXPECT_TRUE(decided.row->free_keys.empty());
  EXPECT_EQ(play.state.phase, RunPhase::completed);
  EXPECT_EQ(play.state.outputs, R"({"n":42,"who":null})");
  EXPECT_EQ(play.state.closed_at, play.history.at);
}

TEST(Run, WithoutStepsClosesAtOnce) {
  Play play(GraphBuilder().build());
  EXPECT_EQ(play.settle().row->closes, RunPhase::completed);
}

TEST(Run, FailsIfItsOutputsCannotBeEvaluated) {
  Play play(GraphBuilder().step("a").outputs(R"({"x":"${steps.a.result.text}"})").build());
  play.settle();
  play.fold(play.history.completed("a", R"({"text":")" + std::string(limits::kRenderedBytes, 'x') + R"("})"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.error.error_class, ErrorClass::validation);
}

TEST(Run, FailsWithTheErrorOfTheStepThatFailedFirst) {
  Play play(GraphBuilder().step("a").step("b").build());
  play.settle();
  play.fold(play.history.failed("b", ErrorClass::exit, 1, "exit status 2"));
  play.fold(play.history.failed("a", ErrorClass::network));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.error, (StepError{ErrorClass::exit, "step \"b\" failed: exit status 2"}));
}

TEST(Run, GoesOnBehindAStepThatMayFail) {
  Play play(GraphBuilder().step("a").continue_on_error().step("b").after("a").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  EXPECT_EQ(names(play, play.settle().jobs), "b");
  play.fold(play.history.completed("b"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Run, NotesWhoBeganAnAttemptAndWhen) {
  Play play(GraphBuilder().step("a").build());
  play.settle();
  play.fold(play.history.started("a"));
  EXPECT_EQ(play.phase("a"), StepPhase::running);
  EXPECT_EQ(play.step("a").worker, test::kWorker);
  EXPECT_EQ(play.step("a").started_at, play.history.at);
}

TEST(Run, KeepsAResultAsTheBytesThatWereWritten) {
  Play play(GraphBuilder().step("a").build());
  play.fold(play.history.completed("a", R"({"b":1.50,"a":[ 1 , "\u00e9"]})"));
  EXPECT_EQ(play.step("a").result, R"({"b":1.50,"a":[ 1 , "\u00e9"]})");
}

TEST(Run, IgnoresEventsThatItHasFolded) {
  Play play(GraphBuilder().step("a").retry(2).step("b").after("a").build());
  const Event created = History(play.graph).created();
  const Event failed = play.history.failed("a", ErrorClass::network);
  play.fold(failed);
  play.settle();
  const std::string before = test::describe(play.graph, play.state);
  play.fold(failed);
  play.fold(created);
  EXPECT_EQ(test::describe(play.graph, play.state), before);
}

TEST(Run, TakesTheResultsOfALineBeforeThoseOfTheirPredecessors) {
  Play play(GraphBuilder().step("a").step("b").after("a").step("c").after("b").build());
  play.settle();
  const Event a = play.history.completed("a");
  play.fold(play.history.completed("c"));
  play.fold(play.history.completed("b"));
  EXPECT_EQ(names(play, play.settle().jobs), "");
  EXPECT_EQ(play.state.phase, RunPhase::running);
  play.fold(a);
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Run, HoldsBackRowsOfDecisionsUntilTheirPredecessorIsThere) {
  const Graph graph = GraphBuilder().step("a").when("false").build();
  History history(graph);
  const Event created = history.created();
  Decision skip{.type = EventType::step_skipped, .step = 0};
  skip.value = "\"condition\"";
  Decision close{.type = EventType::run_completed};
  close.value = "{}";
  const Event skipped = history.decided(1, {skip});
  const Event closed = history.decided(2, {close});
  RunState state = make_state(graph, test::kRun);
  test::must(fold(graph, state, closed));
  test::must(fold(graph, state, skipped));
  EXPECT_EQ(state.phase, RunPhase::pending);
  EXPECT_EQ(state.later_decisions.size(), 2u);
  test::must(fold(graph, state, created));
  EXPECT_EQ(state.phase, RunPhase::completed);
  EXPECT_EQ(state.decisions, 3u);
  EXPECT_TRUE(state.later_decisions.empty());
}

TEST(Run, DecidesNothingBeforeItsCreationIsFolded) {
  const Graph graph = GraphBuilder().step("a").step("b").after("a").build();
  History history(graph);
  const Event created = history.created();
  RunState state = make_state(graph, test::kRun);
  test::must(fold(graph, state, history.completed("a")));
  EXPECT_TRUE(decide(graph, state, {.now = history.at}).jobs.empty());
  test::must(fold(graph, state, created));
  state.attention.push_back(1);
  EXPECT_EQ(names(graph, state, decide(graph, state, {.now = history.at}).jobs), "b");
}

TEST(Run, RefusesWhatIsNoEventOfItNamingTheKey) {
  const Graph graph = GraphBuilder().step("a").step("nap").sleep(R"({"for":1})").build();
  History history(graph);
  RunState state = make_state(graph, test::kRun);
  test::must(fold(graph, state, history.created()));
  const std::string before = test::describe(graph, state);
  for (const Event& event :
       {history.completed("unknown"), history.completed("nap"),
        history.event("x/1", EventType::step_completed, "{}"),
        history.event("g1/a/1/result", EventType::step_completed, "garbage"),
        history.event("g1/a/1/result", EventType::step_started, R"({"v":1,"result":1})"),
        history.event("signal/1", EventType::signal_received, R"({"v":1,"data":1})"),
        history.event("cmd/1", EventType::command_received, "{}"),
        history.event("d/1", EventType::run_admitted, R"({"v":1,"list":[{"type":"run.admitted"}]})"),
        history.event("d/1", EventType::run_rewound,
                      R"({"v":1,"list":[{"type":"run.rewound","generation":2}]})")}) {
    RunState copy = state;
    const auto folded = fold(graph, copy, event);
    ASSERT_FALSE(folded) << event.key;
    EXPECT_EQ(folded.error().code, ErrorCode::invalid);
    EXPECT_NE(folded.error().message.find(event.key), std::string::npos) << folded.error().message;
  }
  Event foreign = history.completed("a");
  foreign.run.uuid.bytes[15] ^= 1;
  EXPECT_FALSE(fold(graph, state, foreign));
  EXPECT_EQ(test::describe(graph, state), before);
}

TEST(Run, TakesNoDecisionBehindItsClose) {
  Play play(GraphBuilder().build());
  play.settle();
  const auto folded =
      fold(play.graph, play.state, play.history.decided(2, {{.type = EventType::run_cancelling}}));
  ASSERT_FALSE(folded);
  EXPECT_NE(folded.error().message.find("completed"), std::string::npos);
  EXPECT_NE(folded.error().message.find("run.cancelling"), std::string::npos);
}

TEST(Run, FoldedFromColdNamesEveryOpenStepThatMayRun) {
  // given a run of which one step is out, one is with a worker and one waits
  Play play(GraphBuilder().step("a").step("b").step("c").after("b").build());
  const Event started = play.history.started("a");
  play.fold(started);
  play.settle();
  // when another owner folds it from the log
  RunState cold = make_state(play.graph, test::kRun);
  test::must(fold(play.graph, cold, History(play.graph).created()));
  test::must(fold(play.graph, cold, started));
  // then it is told of what is ready, and of what a worker has begun
  EXPECT_EQ(names(play.graph, cold, decide(play.graph, cold, {.now = play.history.at}).jobs), "a b");
}

}  // namespace
}  // namespace callboard::run
