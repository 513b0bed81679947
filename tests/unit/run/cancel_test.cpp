#include <gtest/gtest.h>

#include "shared/run/judge.hpp"
#include "shared/run/slice.hpp"
#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::must;
using test::names;
using test::Play;

TEST(Cancel, IsTwoDecisions) {
  // given a run with one step out and one behind it
  Play play(GraphBuilder().step("a").step("b").after("a").build());
  play.settle();
  // when somebody cancels it
  play.fold(play.history.cancel());
  const Decided first = play.settle();
  // then it says so, and asks for its workers to be stopped
  EXPECT_EQ(first.row->list[0].type, EventType::run_cancelling);
  EXPECT_FALSE(first.row->closes);
  EXPECT_TRUE(first.stop_workers);
  EXPECT_EQ(play.state.phase, RunPhase::cancelling);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::stopping);
  // when they have stopped
  const Decided second = play.stop_workers();
  // then it closes, and whoever is late finds the key taken
  ASSERT_TRUE(second.row);
  EXPECT_EQ(second.row->closes, RunPhase::cancelled);
  EXPECT_EQ(second.row->free_keys, (std::vector<std::string>{"g1/a/1/result"}));
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_EQ(play.phase("a"), StepPhase::cancelled);
  EXPECT_EQ(play.phase("b"), StepPhase::cancelled);
  EXPECT_TRUE(waiting_for(play.graph, play.state).empty());
}

TEST(Cancel, OfAStepThatHasNotBegunCountsNoAttempt) {
  Play play(GraphBuilder().step("a").wait(R"({"signal":"go"})", 1h).step("b").after("a").build());
  play.settle();
  play.cancel();
  EXPECT_EQ(play.phase("b"), StepPhase::cancelled);
  EXPECT_EQ(attempts_made(play.step("b")), 0U);
  Play other(GraphBuilder().step("a").build());
  other.settle();
  EXPECT_EQ(attempts_made(other.step("a")), 0U);
  other.fold(other.history.completed("a"));
  EXPECT_EQ(attempts_made(other.step("a")), 1U);
}

TEST(Cancel, SaysThatWorkersStopOnlyWhereSomethingIsToBeStopped) {
  Play play(GraphBuilder().step("a").step("tidy").when("always()").build());
  play.settle();
  play.fold(play.history.started("tidy"));
  play.fold(play.history.cancel());
  play.settle();
  const auto both = waiting_for(play.graph, play.state);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].kind, WaitKind::stopping);
  EXPECT_EQ(both[1].kind, WaitKind::worker);
  EXPECT_EQ(both[1].step, play.graph.find("tidy"));
  play.fold(play.history.completed("a"));
  play.settle();
  const auto rest = waiting_for(play.graph, play.state);
  ASSERT_EQ(rest.size(), 1u) << "what cleans up goes on, and nothing stops";
  EXPECT_EQ(rest[0].kind, WaitKind::worker);
  EXPECT_EQ(rest[0].step, play.graph.find("tidy"));
}

TEST(Cancel, BeginsNothingNew) {
  Play play(GraphBuilder()
                .step("a")
                .step("b")
                .after("a")
                .step("c")
                .retry(3)
                .step("nap")
                .sleep(R"({"for":"1s"})")
                .build());
  play.settle();
  play.fold(play.history.failed("c", ErrorClass::network));
  play.fold(play.history.cancel());
  play.settle();
  play.fold(play.history.completed("a"));
  const Decided decided = play.wake(play.graph.find("nap"), play.history.at + 1h);
  EXPECT_EQ(names(play, decided.jobs), "");
  EXPECT_FALSE(decided.row);
  EXPECT_EQ(play.phase("c"), StepPhase::failed) << "nothing is tried again";
  EXPECT_EQ(play.phase("a"), StepPhase::completed) << "what had begun may end";
}

TEST(Cancel, LetsStepsThatAlwaysRunEndBeforeTheClose) {
  Play play(GraphBuilder()
                .step("a")
                .step("b")
                .after("a")
                .step("tidy")
                .after("b")
                .when("always()")
                .step("tell")
                .after("tidy")
                .when("cancelled()")
                .step("mend")
                .after("a")
                .when("failure()")
                .build());
  play.settle();
  play.fold(play.history.cancel());
  EXPECT_EQ(names(play, play.settle().jobs), "") << "only once the workers have stopped";
  const Decided stopped = play.stop_workers();
  EXPECT_EQ(names(play, stopped.jobs), "tidy");
  EXPECT_FALSE(stopped.row);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::worker);
  play.fold(play.history.completed("tidy"));
  play.workers_stopped = false;
  const Decided next = play.settle();
  EXPECT_EQ(names(play, next.jobs), "tell");
  EXPECT_FALSE(next.stop_workers) << "what cleans up is not stopped";
  play.fold(play.history.completed("tell"));
  EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
  EXPECT_EQ(play.phase("tidy"), StepPhase::completed);
  EXPECT_EQ(play.phase("mend"), StepPhase::cancelled);
}

TEST(Cancel, WhatIsGivenUpReadsAsCancelledToWhatCleansUp) {
  // given a step that the dispatcher holds, and one behind it
  Play play(GraphBuilder()
                .step("nap")
                .sleep(R"({"for":"1h"})")
                .step("behind")
                .after("nap")
                .step("tell")
                .after("nap", "behind")
                .when("always() && steps.nap.status == 'cancelled' && steps.nap.error.class == 'cancelled'")
                .params(R"({"text":"${ steps.nap.status } ${ steps.behind.status }"})")
                .build());
  play.settle();
  // when the run is cancelled
  const Decided stopped = play.cancel();
  // then what cleans up finds them ended
  ASSERT_EQ(names(play, stopped.jobs), "tell");
  EXPECT_EQ(must(cut_slice(play.graph, play.state, stopped.jobs[0])).steps[0].params->json,
            R"({"text":"cancelled cancelled"})");
}

TEST(Cancel, WhatCleansUpWaitsForAllThatStandsAboveIt) {
  // given a step that always runs, and one behind a step that will not run
  Play play(GraphBuilder()
                .step("a")
                .step("tidy")
                .after("a")
                .when("always()")
                .step("b")
                .after("tidy")
                .step("tell")
                .after("b")
                .when("always()")
                .build());
  play.settle();
  EXPECT_EQ(names(play, play.cancel().jobs), "tidy");
  play.fold(play.history.completed("tidy"));
  EXPECT_EQ(names(play, play.settle().jobs), "tell");
}

TEST(Cancel, WhatCleansUpBehindAnOpenStepBeginsWithTheCancel) {
  // given a nap behind one that the cancel ends, and another behind a step that will not run
  Play play(GraphBuilder()
                .step("long")
                .sleep(R"({"for":"1h"})")
                .step("rest")
                .after("long")
                .when("always()")
                .sleep(R"({"for":"3s"})")
                .step("b")
                .after("rest")
                .step("last")
                .after("b")
                .when("always()")
                .sleep(R"({"for":"5s"})")
                .build());
  play.settle();
  // when it is cancelled after ten minutes
  play.history.at += 10min;
  play.fold(play.history.cancel());
  play.settle();
  play.workers_stopped = true;
  play.state.attention_run = true;
  const StepIndex rest = play.graph.find("rest");
  const StepIndex last = play.graph.find("last");
  const auto timer_of = [](const Decided& decided, StepIndex step) {
    const auto found = std::ranges::find(decided.timers, step, &ArmTimer::step);
    return found == decided.timers.end() ? Time{} : found->at;
  };
  // then both last from then on
  const Time cancelled = play.state.closing_at;
  EXPECT_GE(cancelled, play.state.created.created_at + 10min);
  EXPECT_EQ(timer_of(play.settle(), rest), cancelled + 3s);
  play.wake(rest, cancelled + 3s);
  EXPECT_EQ(play.phase("rest"), StepPhase::completed);
  const Time rested = play.state.steps[rest].closed_at;
  EXPECT_EQ(begin_of(play.graph, play.state, last), rested);
  play.state.attention_run = true;
  EXPECT_EQ(timer_of(play.settle(), last), rested + 5s);
}

TEST(Cancel, ClosesWithoutWaitingWhereNothingIsOpen) {
  Play play(GraphBuilder().step("a").build());
  play.settle();
  play.fold(play.history.cancel());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::cancelled));
  EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
  EXPECT_EQ(play.phase("a"), StepPhase::cancelled);
}

TEST(Cancel, ComesTooLateOnceAllStepsAreClosed) {
  Play play(GraphBuilder().step("a").build());
  play.settle();
  play.fold(play.history.completed("a"));
  play.fold(play.history.cancel());
  EXPECT_EQ(play.settle().row->closes, RunPhase::completed);
}

TEST(Cancel, TheCloseTakesTheKeysOfAWholeLine) {
  Play play(GraphBuilder()
                .step("a")
                .step("b")
                .after("a")
                .step("c")
                .after("b")
                .step("d")
                .after("c")
                .when("true")
                .build(true));
  EXPECT_EQ(names(play, play.settle().jobs), "a+b+c");
  play.fold(play.history.completed("a"));
  play.settle();
  EXPECT_EQ(play.cancel().row->free_keys, (std::vector<std::string>{"g1/b/1/result", "g1/c/1/result"}));
}

TEST(Cancel, AnOutcomeThatTheCloseDidNotKnowOfIsTheStepsOutcome) {
  Play play(GraphBuilder().step("a").step("b").after("a").build());
  play.settle();
  const Event late = play.history.completed("a", R"({"n":1})");
  play.cancel();
  play.fold(late);
  EXPECT_EQ(play.phase("a"), StepPhase::completed);
  EXPECT_EQ(play.phase("b"), StepPhase::cancelled);
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_FALSE(play.settle().row);
}

TEST(RunTimeout, IsATimerThenACancelThenAFailure) {
  Play play(GraphBuilder().step("a").timeout(2h).build());
  const Decided decided = play.settle();
  const Time deadline = play.state.created.created_at + 2h;
  ASSERT_EQ(decided.timers.size(), 1u);
  EXPECT_EQ(decided.timers[0].step, kNoStep);
  EXPECT_EQ(decided.timers[0].at, deadline);
  EXPECT_FALSE(play.wake(kNoStep, deadline - 1us).row);
  EXPECT_TRUE(play.wake(kNoStep, deadline).stop_workers);
  EXPECT_EQ(play.stop_workers().row->closes, RunPhase::failed);
  EXPECT_EQ(play.state.error, (StepError{ErrorClass::timeout, "the run took longer than 2h"}));
}

}  // namespace
}  // namespace callboard::run
