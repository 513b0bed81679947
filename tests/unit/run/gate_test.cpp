// A run that people from outside caused, and that a person must approve before anything of it begins.
#include <gtest/gtest.h>

#include "shared/run/admission.hpp"
#include "shared/run/stored_fold.hpp"
#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::Play;

Graph two_steps() { return GraphBuilder().step("a").step("b").after("a").timeout(1h).build(); }

void approve(Play& play) {
  play.fold(
      play.history.command("yes", {.name = "approve", .actor = "ada", .generation = 1, .reason = "fine"}));
}

TEST(Gate, NothingOfTheRunBeginsBeforeItIsApproved) {
  Play play(two_steps(), true);
  const Decided decided = play.settle();
  EXPECT_TRUE(decided.jobs.empty());
  EXPECT_FALSE(decided.row);
  EXPECT_EQ(play.state.phase, RunPhase::pending);
  const auto waiting = waiting_for(play.graph, play.state);
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].kind, WaitKind::approval);
  EXPECT_EQ(waiting[0].step, kNoStep);
  EXPECT_EQ(waiting[0].until, play.state.opened_at + limits::kPlaceTimeout);
  EXPECT_TRUE(play.state.created.untrusted);
}

TEST(Gate, OnceApprovedItRunsWithItsSecretsAndItsTimeOutBegins) {
  Play play(two_steps(), true);
  play.settle();
  play.history.at += 5h;
  approve(play);
  const Decided decided = play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::running);
  EXPECT_EQ(test::names(play, decided.jobs), "a");
  EXPECT_FALSE(play.state.created.untrusted);
  EXPECT_FALSE(play.state.created.needs_approval);
  EXPECT_EQ(play.state.opened_at, play.history.at);
  EXPECT_TRUE(play.state.consumed.contains("cmd/yes"));
  EXPECT_EQ(play.events.back().type, EventType::run_approved);
}

TEST(Gate, AnApprovedRunWaitsForItsPlaceThen) {
  Play play(GraphBuilder().step("a").concurrency("deploys").build(), true);
  EXPECT_FALSE(play.settle().row) << "it does not queue before";
  approve(play);
  const Decided decided = play.decide();
  ASSERT_TRUE(decided.row);
  EXPECT_FALSE(decided.row->admits);
  play.fold(play.history.decided(*decided.row));
  EXPECT_EQ(play.state.phase, RunPhase::pending);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::place);
  const Decided asks = play.decide();
  ASSERT_TRUE(asks.row);
  EXPECT_TRUE(asks.row->admits);
}

TEST(Gate, OneThatIsRejectedIsCancelledAndMustBeApprovedWhenItIsTriedAgain) {
  Play play(two_steps(), true);
  play.fold(play.history.command("no", {.name = "cancel", .actor = "ada", .reason = "rejected by ada"}));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_EQ(play.state.error.message, "the run was cancelled: rejected by ada");

  play.fold(play.history.command("again", "retry"));
  EXPECT_TRUE(play.settle().jobs.empty());
  EXPECT_EQ(play.state.phase, RunPhase::pending);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::approval);
  play.fold(play.history.command("yes", {.name = "approve", .actor = "bob", .generation = 2}));
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
}

TEST(Gate, AnApprovalHoldsForWhatIsTriedAgain) {
  Play play(two_steps(), true);
  approve(play);
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.fold(play.history.command("again", "retry"));
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
}

TEST(Gate, NobodyWaitsForEver) {
  Play play(two_steps(), true);
  play.settle();
  play.wake(kNoStep, play.history.at + limits::kPlaceTimeout);
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.error.message, "nobody approved the run within 7d");
}

TEST(Gate, APausedRunIsApprovedOnceItGoesOn) {
  Play play(two_steps(), true);
  play.fold(play.history.command("p", "pause"));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::paused);
  approve(play);
  EXPECT_FALSE(play.settle().row);
  play.fold(play.history.command("r", "resume"));
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
}

TEST(Gate, AnApprovalOfARunThatNeedsNoneChangesNothing) {
  Play play(two_steps());
  play.settle();
  approve(play);
  EXPECT_FALSE(play.settle().row);
  const Event wrong = play.history.decided(1, {{.type = EventType::run_approved}});
  const auto folded = fold(play.graph, play.state, wrong);
  ASSERT_FALSE(folded);
  EXPECT_NE(folded.error().message.find("waits for no approval"), std::string::npos);
}

TEST(Gate, AnyOrderOfTheLogGivesTheSame) {
  Play play(two_steps(), true);
  approve(play);
  play.settle();
  play.fold(play.history.completed("a"));
  play.settle();
  std::vector<Event> backwards(play.events.rbegin(), play.events.rend());
  RunState other = make_state(play.graph, test::kRun);
  ASSERT_TRUE(fold_all(play.graph, other, backwards));
  EXPECT_EQ(test::describe(play.graph, other), test::describe(play.graph, play.state));
}

}  // namespace
}  // namespace callboard::run
