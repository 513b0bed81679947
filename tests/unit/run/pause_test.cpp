#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// Who pauses a run, and what comes of it.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::Play;

const Hold kReview{"workflow:review", "workflow review is paused since noon by ada"};
const Hold kAll{"all", "everything is paused since noon by ada"};

Graph two_steps() { return GraphBuilder().step("a").step("b").after("a").build(false); }

void ask(Play& play, const std::string& word) {
  play.fold(play.history.command(word + std::to_string(play.history.at.time_since_epoch().count()), word));
}

TEST(Pause, NothingBeginsUntilTheRunIsResumedAndItsTimeOutStandsStill) {
  Play play(GraphBuilder().step("a").step("b").after("a").timeout(1h).build());
  play.settle();
  play.fold(play.history.command("p", "pause"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::paused);
  play.fold(play.history.completed("a"));
  EXPECT_TRUE(play.settle().jobs.empty());
  play.history.at += 2h;
  play.fold(play.history.command("r", "resume"));
  const Decided decided = play.settle();
  EXPECT_EQ(test::names(play, decided.jobs), "b");
  EXPECT_EQ(play.state.phase, RunPhase::running);
}

TEST(Pause, TheLastWordHoldsAndAllAreConsumed) {
  Play play(GraphBuilder().step("a").build());
  play.settle();
  for (const char* const word : {"resume", "pause", "resume"})
    play.fold(play.history.command(word + std::to_string(play.state.commands.size()), word));
  const Decided decided = play.settle();
  ASSERT_TRUE(decided.row);
  EXPECT_EQ(decided.row->list.front().type, EventType::run_resumed);
  EXPECT_EQ(decided.row->list.front().consumes.size(), 3u);
  EXPECT_TRUE(play.state.commands.empty());
}

TEST(Pause, APausedRunCanBeCancelled) {
  Play play(GraphBuilder().step("a").build());
  play.settle();
  play.fold(play.history.command("p", "pause"));
  play.settle();
  play.fold(play.history.cancel());
  play.workers_stopped = true;
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
}

TEST(Scope, ARunThatIsMadeUnderAPauseBeginsNothing) {
  Play play(two_steps());
  play.hold = kReview;
  const Decided decided = play.settle();
  EXPECT_TRUE(decided.jobs.empty());
  EXPECT_TRUE(decided.timers.empty());
  EXPECT_EQ(play.state.decisions, 2u) << "d/1 says why";
  EXPECT_EQ(play.state.phase, RunPhase::paused);
  const auto waiting = waiting_for(play.graph, play.state);
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].kind, WaitKind::pause);
  EXPECT_EQ(waiting[0].detail, kReview.why);
  EXPECT_FALSE(play.decide().row) << "it is decided once";
}

TEST(Scope, LiftedTheRunGoesOnAndItsTimeOutHasStoodStill) {
  Play play(GraphBuilder().step("a").step("b").after("a").timeout(1h).build(false));
  play.settle();
  play.hold = kReview;
  play.settle();
  play.fold(play.history.completed("a"));
  EXPECT_TRUE(play.settle().jobs.empty());
  play.history.at += 2h;
  play.hold.reset();
  const Decided decided = play.settle();
  EXPECT_EQ(test::names(play, decided.jobs), "b");
  EXPECT_EQ(play.state.phase, RunPhase::running);
  EXPECT_EQ(play.state.paused, Paused{});
}

TEST(Scope, APersonsPauseSurvivesTheLiftInWhateverOrderTheyCame) {
  for (const bool person_first : {true, false}) {
    Play play(two_steps());
    play.settle();
    if (person_first) ask(play, "pause");
    play.settle();
    play.hold = kReview;
    play.settle();
    if (!person_first) ask(play, "pause");
    play.settle();
    EXPECT_EQ(play.state.paused, (Paused{true, kReview.scope, kReview.why})) << person_first;
    EXPECT_EQ(waiting_for(play.graph, play.state).size(), 2u);

    play.hold.reset();
    EXPECT_TRUE(play.settle().jobs.empty());
    EXPECT_EQ(play.state.paused, Paused{.by_person = true});
    EXPECT_EQ(play.state.phase, RunPhase::paused);

    ask(play, "resume");
    EXPECT_EQ(test::names(play, play.settle().jobs), "a");
  }
}

TEST(Scope, APersonsResumeLiftsNothingButThePersonsOwnPause) {
  Play play(two_steps());
  play.hold = kReview;
  play.settle();
  ask(play, "pause");
  play.settle();
  ask(play, "resume");
  EXPECT_TRUE(play.settle().jobs.empty());
  EXPECT_TRUE(play.state.commands.empty());
  EXPECT_EQ(play.state.paused, (Paused{false, kReview.scope, kReview.why}));
  play.hold.reset();
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
}

TEST(Scope, ANarrowerOrAnotherPauseTakesThePlaceOfTheOne) {
  Play play(two_steps());
  play.hold = kAll;
  play.settle();
  const Time paused_at = play.state.paused_at;
  play.hold = kReview;
  ASSERT_TRUE(play.settle().row);
  EXPECT_EQ(play.state.paused.scope, kReview.scope);
  EXPECT_EQ(play.state.paused_at, paused_at) << "its time-out stands still since then";
  play.hold->why = "workflow review is paused since one by bob";
  ASSERT_TRUE(play.settle().row) << "lifted and set again between two looks";
  EXPECT_EQ(play.state.paused.why, play.hold->why);
}

TEST(Scope, ACancelledRunIsHeldByNobody) {
  Play play(GraphBuilder().step("a").step("tidy").when("always()").after("a").build());
  play.settle();
  play.hold = kAll;
  play.settle();
  play.fold(play.history.cancel());
  play.workers_stopped = true;
  EXPECT_EQ(test::names(play, play.settle().jobs), "tidy");
  play.fold(play.history.completed("tidy"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_FALSE(play.decide().row) << "nothing is decided of a closed run";
}

TEST(Scope, ARunThatWasBegunAnewIsHeldAgain) {
  Play play(two_steps());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.hold = kReview;
  EXPECT_FALSE(play.decide().row);
  ask(play, "retry");
  EXPECT_TRUE(play.settle().jobs.empty());
  EXPECT_EQ(play.state.phase, RunPhase::paused);
  EXPECT_EQ(play.state.generation, 2u);
}

}  // namespace
}  // namespace callboard::run
