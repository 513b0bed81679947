#include <gtest/gtest.h>

#include "shared/run/fork.hpp"
#include "shared/run/slice.hpp"
#include "tests/support/run_builder.hpp"

// What a step did is taken back where the run fails or is cancelled; what a map did, item by item.
namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::names;
using test::Play;

Graph deploy_to_three() {
  return GraphBuilder()
      .step("deploy")
      .each("fromJSON('[\"eu\",\"us\",\"asia\"]')")
      .step("tell")
      .after("deploy")
      .step("undo")
      .params(R"({"at":"${ item }","id":"${ steps.deploy.result.id }"})")
      .after("deploy", "tell")
      .undoes("deploy")
      .build();
}

/// Its second item failed; the jobs that go out then.
std::string fail_second(Play& play) {
  play.settle();
  play.fold(play.history.completed("deploy[0]", R"({"id":"d0"})"));
  play.fold(play.history.failed("deploy[1]", ErrorClass::exit));
  play.fold(play.history.completed("deploy[2]", R"({"id":"d2"})"));
  return names(play, play.settle().jobs);
}

TEST(Undo, TakesBackTheItemsThatCompleted) {
  Play play(deploy_to_three());
  EXPECT_EQ(fail_second(play), "undo[0] undo[2]");
  EXPECT_EQ(play.phase("undo[1]"), StepPhase::skipped);
  play.fold(play.history.completed("undo[0]"));
  play.fold(play.history.completed("undo[2]"));
  EXPECT_EQ(play.settle().row->closes, RunPhase::failed);
  EXPECT_EQ(play.step("undo").result, "[{},null,{}]");
}

TEST(Undo, OfAnItemSeesThatItem) {
  Play play(deploy_to_three());
  fail_second(play);
  const StepIndex place = find_place(play.graph, play.state, "undo[2]");
  const auto slice = cut_slice(play.graph, play.state, {.steps = {place}});
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_EQ(slice->steps[0].params->json, R"({"at":"asia","id":"d2"})");
}

TEST(Undo, OfACancelledMapTakesBackWhatHasCompleted) {
  Play play(deploy_to_three());
  play.settle();
  play.fold(play.history.completed("deploy[1]", R"({"id":"d1"})"));
  EXPECT_EQ(names(play, play.cancel().jobs), "undo[1]");
  play.fold(play.history.completed("undo[1]"));
  EXPECT_EQ(play.settle().row->closes, RunPhase::cancelled);
}

TEST(Undo, DoesNotBeginWhereNothingHasCompleted) {
  Play play(deploy_to_three());
  play.settle();
  EXPECT_EQ(play.cancel().row->closes, RunPhase::cancelled);
  EXPECT_EQ(play.phase("undo"), StepPhase::cancelled);
  // nor where the map itself could not begin
  Play broken(GraphBuilder().step("deploy").each("42").step("undo").after("deploy").undoes("deploy").build());
  EXPECT_EQ(broken.settle().row->closes, RunPhase::failed);
  EXPECT_EQ(broken.phase("undo"), StepPhase::skipped);
}

TEST(Undo, IsSkippedWhereTheRunCompletes) {
  Play play(deploy_to_three());
  play.settle();
  for (const char* const step : {"deploy[0]", "deploy[1]", "deploy[2]"}) {
    play.fold(play.history.completed(step));
  }
  play.settle();
  play.fold(play.history.completed("tell"));
  EXPECT_EQ(play.settle().row->closes, RunPhase::completed);
  EXPECT_EQ(play.phase("undo"), StepPhase::skipped);
}

TEST(Undo, IsFollowedByDoingAgainWhatWasUndone) {
  // given a map of which one item failed, and one could not be undone
  Play play(deploy_to_three());
  fail_second(play);
  play.fold(play.history.completed("undo[0]"));
  play.fold(play.history.failed("undo[2]", ErrorClass::validation));
  ASSERT_EQ(play.settle().row->closes, RunPhase::failed);
  // when the run is retried, then what stands is kept, and all else is done again
  play.fold(play.history.command("r", "retry"));
  EXPECT_EQ(names(play, play.settle().jobs), "deploy[0] deploy[1]");
  EXPECT_EQ(play.phase("deploy[2]"), StepPhase::completed);
}

TEST(Fork, DoesAgainTheItemsThatWereUndone) {
  Play play(deploy_to_three());
  play.settle();
  for (const char* const step : {"deploy[0]", "deploy[1]", "deploy[2]"}) {
    play.fold(play.history.completed(step));
  }
  play.settle();
  play.fold(play.history.failed("tell", ErrorClass::exit));
  play.settle();
  play.fold(play.history.completed("undo[0]"));
  play.fold(play.history.completed("undo[1]"));
  play.fold(play.history.failed("undo[2]", ErrorClass::validation));
  play.settle();
  const auto kept = keep_for_fork(play.graph, play.state, play.graph, {play.graph.find("tell")});
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].item, 2U);
}

}  // namespace
}  // namespace callboard::run
