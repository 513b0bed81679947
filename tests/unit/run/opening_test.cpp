#include "shared/run/opening.hpp"

#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// What somebody who is not the run's owner sees of steps that only an `if`, or a cancel, stood before.
namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::must;
using test::Play;

/// Folded from the log alone.
RunState look(const Play& play) {
  RunState state = make_state(play.graph, test::kRun);
  must(fold_all(play.graph, state, play.events));
  open_what_may_begin(play.graph, state);
  return state;
}

TEST(Opening, AStepWhoseIfHoldsIsReady) {
  Play play(GraphBuilder()
                .step("ask")
                .approval("{}")
                .when("run.attempt == 1")
                .step("nap")
                .sleep(R"({"for":"1h"})")
                .when("1 == 2")
                .step("behind")
                .after("ask")
                .when("always()")
                .build());
  play.settle();
  const RunState seen = look(play);
  EXPECT_EQ(seen.steps[0].phase, StepPhase::ready);
  EXPECT_EQ(seen.steps[2].phase, StepPhase::pending);
  const auto waiting = waiting_for(play.graph, seen);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].kind, WaitKind::approval);
}

TEST(Opening, OfAMapTheItemsWhoseIfHoldsAreReady) {
  Play play(GraphBuilder()
                .step("ask")
                .approval("{}")
                .each("fromJSON('[1,2,3]')")
                .edit([](Step& step) {
                  step.item_condition = must(expression::parse_expression("item > 1"));
                  step.max_parallel = 2;
                })
                .build());
  play.settle();
  const RunState seen = look(play);
  const auto phase = [&](std::string_view key) {
    return seen.steps[find_place(play.graph, seen, key)].phase;
  };
  EXPECT_EQ(phase("ask[0]"), StepPhase::skipped);
  EXPECT_EQ(phase("ask[1]"), StepPhase::ready);
  EXPECT_EQ(phase("ask[2]"), StepPhase::ready);
}

TEST(Opening, WhatCleansUpMayBeginWhileTheRunCancels) {
  Play play(GraphBuilder()
                .step("work")
                .step("ask")
                .after("work")
                .approval("{}")
                .when("always()")
                .step("later")
                .after("ask")
                .when("always()")
                .build());
  play.settle();
  play.cancel();
  ASSERT_EQ(play.state.phase, RunPhase::cancelling);
  const RunState seen = look(play);
  EXPECT_EQ(seen.steps[1].phase, StepPhase::ready);
  EXPECT_EQ(seen.steps[2].phase, StepPhase::pending);
}

TEST(Opening, AsksForThePayloadWhereItMayBeRead) {
  Graph graph = GraphBuilder().step("ask").approval("{}").when("event.x == 1").build();
  graph.reads_event = true;
  Play play(std::move(graph));
  RunState seen = make_state(play.graph, test::kRun);
  must(fold_all(play.graph, seen, play.events));
  EXPECT_FALSE(lacks_payload(play.graph, seen)) << "no event started it";
  seen.created.delivery.emplace();
  EXPECT_TRUE(lacks_payload(play.graph, seen));
  seen.event = std::make_shared<const Value>(1);
  EXPECT_FALSE(lacks_payload(play.graph, seen));
}

}  // namespace
}  // namespace callboard::run
