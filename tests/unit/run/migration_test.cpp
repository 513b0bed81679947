#include "shared/run/migration.hpp"

#include <gtest/gtest.h>

#include "shared/run/pinned.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::History;
using test::Play;

const std::string kOther(64, '1');

GraphBuilder chain() { return std::move(GraphBuilder().step("a").step("b").after("a").step("c").after("b")); }

/// "b!input c added": of each difference its step, kind, and ! where it forbids.
std::string compare(const Play& play, const Graph& other) {
  std::string out;
  for (const Difference& difference :
       compare_definitions(play.graph, other, test::kRun, play.events, play.state.event)) {
    out += (out.empty() ? "" : " ") + difference.step + (difference.forbids ? "!" : " ");
    out += to_string(difference.kind);
  }
  return out;
}

/// a has ended, b is published.
void end_a(Play& play) {
  play.settle();
  play.fold(play.history.completed("a", R"({"n":1})"));
  play.settle();
}

void pause(Play& play) {
  play.fold(play.history.command("p", "pause"));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::paused);
}

TEST(Migration, AnEqualDefinitionDiffersInNothing) {
  Play play(chain().build());
  end_a(play);
  EXPECT_EQ(compare(play, chain().build()), "");
}

TEST(Migration, WhatHasNotBegunMayChange) {
  Play play(chain().build());
  end_a(play);
  Graph other = GraphBuilder()
                    .step("a")
                    .step("b")
                    .after("a")
                    .step("new")
                    .after("b")
                    .step("c")
                    .params(R"({"x":2})")
                    .after("new")
                    .build();
  EXPECT_EQ(compare(play, other), "new added");
  EXPECT_EQ(compare(play, GraphBuilder().step("a").step("b").after("a").build()), "c gone");
}

TEST(Migration, ARecordedStepMustStay) {
  Play play(chain().build());
  end_a(play);
  EXPECT_EQ(compare(play, GraphBuilder().step("b").step("c").after("b").build()), "a!gone");
}

TEST(Migration, AStepThatAWorkerMayHaveMustStayAsItIs) {
  Play play(chain().build());
  end_a(play);
  EXPECT_EQ(compare(play, GraphBuilder().step("a").step("c").after("a").build()), "b!gone");
  Graph other =
      GraphBuilder().step("a").step("b").params(R"({"x":2})").after("a").step("c").after("b").build();
  EXPECT_EQ(compare(play, other), "b!input");
}

TEST(Migration, AStepThatHasEndedMustHaveHadTheSameInput) {
  Play play(GraphBuilder().step("a").params(R"({"x":"${inputs.n}"})").step("b").after("a").build());
  end_a(play);
  const auto with = [](std::string_view params) {
    return GraphBuilder().step("a").params(params).step("b").after("a").build();
  };
  EXPECT_EQ(compare(play, with(R"({"x":"${inputs.m}"})")), "") << "both are null";
  EXPECT_EQ(compare(play, with(R"({"x":1})")), "a!input");
  Graph other = with(R"({"x":"${inputs.n}"})");
  other.steps[0].executor = "echo";
  EXPECT_EQ(compare(play, other), "a!input");
}

TEST(Migration, AStepCanNotHaveEndedBeforeWhatItRestsOn) {
  Play play(chain().build());
  end_a(play);
  const Graph other = GraphBuilder().step("new").step("a").after("new").step("b").after("a").build();
  EXPECT_EQ(compare(play, other), "c gone new added a!order b!order");
}

TEST(Migration, WhatWasDecidedOfAnIfMustBeDecidedSoAgain) {
  Play play(GraphBuilder().step("a").when("false").step("b").when("true").build());
  play.settle();
  play.fold(play.history.completed("b"));
  play.settle();
  ASSERT_EQ(play.phase("a"), StepPhase::skipped);
  EXPECT_EQ(compare(play, GraphBuilder().step("a").when("1 == 2").step("b").when("1 == 1").build()), "");
  EXPECT_EQ(compare(play, GraphBuilder().step("a").when("true").step("b").when("true").build()),
            "a!condition");
  EXPECT_EQ(compare(play, GraphBuilder().step("a").step("b").when("true").build()), "!history");
  EXPECT_EQ(compare(play, GraphBuilder().step("a").when("false").step("b").when("false").build()),
            "b!condition");
}

TEST(Migration, WhatWaitsToBeTriedAgainMayHaveAnotherInput) {
  Play play(GraphBuilder().step("a").params(R"({"x":1})").retry(3).build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.settle();
  ASSERT_EQ(play.phase("a"), StepPhase::retrying);
  EXPECT_EQ(compare(play, GraphBuilder().step("a").params(R"({"x":2})").retry(3).build()), "a input");
  EXPECT_EQ(compare(play, GraphBuilder().step("z").build()), "a!gone z added");
}

TEST(Migration, OfALineEveryStepMayBeWithTheWorker) {
  Play play(chain().build(true));
  play.settle();
  const Graph other =
      GraphBuilder().step("a").step("b").after("a").step("c").params(R"({"x":2})").after("b").build(true);
  EXPECT_EQ(compare(play, other), "c!input");
}

TEST(Migration, TheWholeHistoryIsReadByTheNewDefinition) {
  Play play(chain().build());
  end_a(play);
  pause(play);
  Graph other = GraphBuilder().step("a").step("b").after("a").step("d").after("b").build();
  other.hash = kOther;
  ASSERT_EQ(compare(play, other), "c gone d added");
  Decision decision{.type = EventType::run_migrated};
  decision.definition = kOther;
  play.fold(play.history.decided(play.state.decisions, {decision}));
  EXPECT_EQ(play.state.created.hash, kOther);
  EXPECT_EQ(test::must(find_created(play.events)).hash, kOther);

  RunState state = make_state(other, test::kRun);
  for (const Event& event : play.events) test::must(fold(other, state, event));
  EXPECT_EQ(state.phase, RunPhase::paused);
  EXPECT_EQ(state.steps[other.find("a")].result, R"({"n":1})");
  EXPECT_EQ(state.steps[other.find("b")].phase, StepPhase::ready);
  EXPECT_EQ(state.steps[other.find("d")].phase, StepPhase::pending);
}

TEST(Migration, OnlyAPausedRunIsMoved) {
  Play play(chain().build());
  end_a(play);
  Decision decision{.type = EventType::run_migrated};
  decision.definition = kOther;
  const Event row = play.history.decided(play.state.decisions, {decision});
  RunState state = play.state;
  EXPECT_FALSE(fold(play.graph, state, row));
}

TEST(Migration, AStepOfAnEarlierGenerationStandsInTheHistoryToo) {
  Play play(GraphBuilder().step("a").step("b").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.fold(play.history.completed("b"));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.fold(play.history.command("again", {.name = "rewind", .actor = {}, .generation = 1}));
  play.fold(play.history.command("p", "pause"));
  const Decided decided = play.decide();
  ASSERT_TRUE(decided.row);
  play.fold(play.history.decided(*decided.row));
  ASSERT_EQ(play.state.generation, 2u);
  ASSERT_EQ(play.phase("b"), StepPhase::ready);
  EXPECT_EQ(compare(play, GraphBuilder().step("a").build()), "b!gone");
}

TEST(Migration, AHistoryThatDoesNotFoldByItsOwnDefinitionIsTold) {
  Play play(chain().build());
  end_a(play);
  play.events.push_back(play.history.completed("nobody"));
  EXPECT_EQ(compare(play, chain().build()), "!history");
}

TEST(FindCreated, TheLastMigrationCountsWhereverItStands) {
  Play play(chain().build());
  const auto moved = [&](std::uint32_t number, const std::string& hash) {
    Decision decision{.type = EventType::run_migrated};
    decision.definition = hash;
    return play.history.decided(number, {decision});
  };
  const Event second = moved(10, std::string(64, '3'));
  const std::vector<Event> events{second, play.events.front(), moved(9, std::string(64, '2'))};
  EXPECT_EQ(test::must(find_created(events)).hash, std::string(64, '3'));
  EXPECT_FALSE(find_created({second}));
}

}  // namespace
}  // namespace callboard::run
