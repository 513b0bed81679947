#include <gtest/gtest.h>

#include "shared/run/slice.hpp"
#include "shared/run/stored_fold.hpp"
#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// Maps: a step that is executed for each item of a list.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::names;
using test::Play;

GraphBuilder map_of(const std::string& list, std::uint32_t max_parallel = limits::kItems) {
  return GraphBuilder()
      .step("list")
      .step("build")
      .after("list")
      .each(list, max_parallel)
      .step("report")
      .after("build");
}

constexpr const char* kOfThree = "steps.list.result.items";
constexpr const char* kThree = R"({"items":["a","b","c"]})";

void begin(Play& play, const char* result = kThree) {
  play.settle();
  play.fold(play.history.completed("list", result));
}

TEST(Map, AJobGoesOutForEachItem) {
  Play play(map_of(kOfThree).build());
  begin(play);
  EXPECT_EQ(names(play, play.settle().jobs), "build[0] build[1] build[2]");
  EXPECT_EQ(play.phase("build"), StepPhase::running);
}

TEST(Map, ItsResultIsTheListOfResultsInTheOrderOfTheItems) {
  Play play(map_of(kOfThree).build());
  begin(play);
  play.settle();
  for (const char* key : {"build[2]", "build[0]", "build[1]"}) {
    play.fold(play.history.completed(key, R"({"of":")" + std::string(key) + "\"}"));
  }
  EXPECT_EQ(play.step("build").result, R"([{"of":"build[0]"},{"of":"build[1]"},{"of":"build[2]"}])");
  EXPECT_EQ(names(play, play.settle().jobs), "report");
}

TEST(Map, NoMoreItemsThanMaxParallelAreOpen) {
  Play play(map_of(kOfThree, 2).build());
  begin(play);
  EXPECT_EQ(names(play, play.settle().jobs), "build[0] build[1]");
  EXPECT_EQ(names(play, play.settle().jobs), "");
  play.fold(play.history.completed("build[1]"));
  EXPECT_EQ(names(play, play.settle().jobs), "build[2]");
}

TEST(Map, OfNothingIsCompletedAtOnce) {
  Play play(map_of(kOfThree).build());
  begin(play, R"({"items":[]})");
  EXPECT_EQ(names(play, play.settle().jobs), "report");
  EXPECT_EQ(play.step("build").result, "[]");
}

TEST(Map, OverAnObjectHasItsEntries) {
  Play play(
      map_of(kOfThree).params(R"({"k":"${ item.key }","v":"${ item.value }","i":"${ index }"})").build());
  // params() spoke of the last step: the map's own are set here
  play.graph.bodies[0].params = play.graph.steps[2].params;
  begin(play, R"({"items":{"x":1,"y":2}})");
  const Decided decided = play.settle();
  ASSERT_EQ(decided.jobs.size(), 2U);
  const auto slice = cut_slice(play.graph, play.state, decided.jobs[1]);
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_EQ(slice->steps[0].key, "build[1]");
  EXPECT_EQ(slice->steps[0].params->json, R"({"k":"y","v":2,"i":1})");
}

TEST(Map, OfWhatIsNoListFails) {
  Play play(map_of(kOfThree).build());
  begin(play, R"({"items":"abc"})");
  play.settle();
  EXPECT_EQ(play.phase("build"), StepPhase::failed);
  EXPECT_EQ(play.step("build").error.message, "forEach: found a string, expected a list or a map");
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Map, FailsOnceAllItemsHaveEndedAndNamesTheFirst) {
  Play play(map_of(kOfThree).build());
  begin(play);
  play.settle();
  play.fold(play.history.failed("build[1]", ErrorClass::exit));
  EXPECT_EQ(play.phase("build"), StepPhase::running);
  play.fold(play.history.completed("build[0]"));
  play.fold(play.history.completed("build[2]"));
  play.settle();
  EXPECT_EQ(play.phase("build"), StepPhase::failed);
  EXPECT_EQ(play.step("build").error.message, "1 of 3 items failed, first build[1]: no luck");
  EXPECT_EQ(play.state.error.message, "step \"build\" failed: 1 of 3 items failed, first build[1]: no luck");
}

TEST(Map, WithContinueOnErrorHasNullWhereAnItemFailed) {
  Play play(GraphBuilder().step("build").each("fromJSON('[1,2]')").continue_on_error().build());
  play.settle();
  play.fold(play.history.failed("build[0]", ErrorClass::exit));
  play.fold(play.history.completed("build[1]", "7"));
  play.settle();
  EXPECT_EQ(play.step("build").result, "[null,7]");
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Map, AnItemIsTriedAgainAlone) {
  Play play(GraphBuilder().step("build").retry(2).each("fromJSON('[1,2]')").build());
  play.settle();
  play.fold(play.history.completed("build[0]"));
  play.fold(play.history.failed("build[1]", ErrorClass::network));
  const Decided decided = play.settle();
  ASSERT_EQ(decided.timers.size(), 1U);
  EXPECT_EQ(names(play, play.wake(decided.timers[0].step, decided.timers[0].at).jobs), "build[1]#2");
}

TEST(Map, AnIfThatReadsTheItemSkipsItAlone) {
  GraphBuilder builder = GraphBuilder().step("build").each("fromJSON('[1,2,3]')");
  builder.edit(
      [](Step& step) { step.item_condition = test::must(expression::parse_expression("item != 2")); });
  Play play(builder.build());
  EXPECT_EQ(names(play, play.settle().jobs), "build[0] build[2]");
  EXPECT_EQ(play.phase("build[1]"), StepPhase::skipped);
}

TEST(Map, ARetryOfTheRunKeepsTheItemsThatEndedWell) {
  Play play(map_of(kOfThree).build());
  begin(play);
  play.settle();
  play.fold(play.history.completed("build[0]", "0"));
  play.fold(play.history.failed("build[1]", ErrorClass::exit));
  play.fold(play.history.completed("build[2]", "2"));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.fold(play.history.command("r", "retry"));
  EXPECT_EQ(names(play, play.settle().jobs), "build[1]");
  play.history.generation = 2;
  play.fold(play.history.completed("build[1]", "1"));
  EXPECT_EQ(names(play, play.settle().jobs), "report");
  EXPECT_EQ(play.step("build").result, "[0,1,2]");
}

TEST(Map, OfSleepsWakesEachItemAfterTheOneBefore) {
  Play play(GraphBuilder().step("poll").sleep(R"({"for":"10s"})").each("fromJSON('[1,2]')", 1).build());
  const Decided first = play.settle();
  ASSERT_EQ(first.timers.size(), 2U);  // the run's, and the first item's
  const Time wake = first.timers.back().at;
  const Decided second = play.wake(first.timers.back().step, wake);
  ASSERT_FALSE(second.timers.empty());
  EXPECT_GE(second.timers.back().at, wake + 10s);
}

TEST(Map, ACancelClosesItsOpenItems) {
  Play play(map_of(kOfThree, 2).build());
  begin(play);
  play.settle();
  play.fold(play.history.completed("build[0]"));
  play.settle();
  const Decided decided = play.cancel();
  ASSERT_TRUE(decided.row);
  EXPECT_EQ(decided.row->free_keys,
            (std::vector<std::string>{"g1/build[1]/1/result", "g1/build[2]/1/result"}));
  EXPECT_EQ(play.phase("build"), StepPhase::cancelled);
  EXPECT_EQ(play.phase("build[0]"), StepPhase::completed);
}

TEST(Map, AlwaysStepsOfItemsRunWhileTheRunCancels) {
  Play play(
      GraphBuilder().step("a").step("tidy").after("a").when("always()").each("fromJSON('[1,2]')").build());
  play.settle();
  EXPECT_EQ(names(play, play.cancel().jobs), "tidy[0] tidy[1]");
  play.fold(play.history.completed("tidy[0]"));
  play.fold(play.history.completed("tidy[1]"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_EQ(play.phase("tidy"), StepPhase::completed);
}

TEST(Map, AResultOfAnItemThatItHasNotSetsTheRunAside) {
  Play play(map_of(kOfThree).build());
  begin(play);
  play.settle();
  const auto folded = fold(play.graph, play.state, play.history.completed("build[3]"));
  EXPECT_FALSE(folded);
}

TEST(Map, IsStoredAndReadWithItsItems) {
  Play play(map_of(kOfThree, 2).build());
  begin(play);
  play.settle();
  play.fold(play.history.completed("build[0]", "1"));
  FoldPoint point;
  point.checkpoint.id = "1.0.x";
  point.chain = "chain";
  point.events = 4;
  point.state = play.state;
  const std::string stored = test::must(encode_fold(play.graph, point));
  const FoldPoint read = test::must(decode_fold(play.graph, test::kRun, stored, nullptr));
  EXPECT_EQ(test::describe(play.graph, read.state), test::describe(play.graph, play.state));
}

}  // namespace
}  // namespace callboard::run
