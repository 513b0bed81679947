#include "shared/run/fork.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::Play;

Graph diamond() {
  return GraphBuilder().step("a").step("b").after("a").step("c").after("a").step("d").after("b", "c").build();
}

std::string keys_of(const Graph& graph, const std::vector<Decision>& kept) {
  std::string out;
  for (const Decision& decision : kept) out += graph.steps[decision.step].key + " ";
  return out;
}

std::vector<Decision> kept_from(const Play& play, const Graph& graph, std::string_view key) {
  const auto from = find_fork_point(play.graph, play.state, graph, key);
  EXPECT_TRUE(from) << key;
  return from ? keep_for_fork(play.graph, play.state, graph, *from) : std::vector<Decision>();
}

TEST(Fork, KeepsWhatEndedWellAndDoesNotRestOnTheStep) {
  Play play(diamond());
  play.settle();
  for (const char* const step : {"a", "b", "c", "d"}) {
    play.fold(play.history.completed(step, "1"));
    play.settle();
  }
  EXPECT_EQ(keys_of(play.graph, kept_from(play, play.graph, "b")), "a c ");
  EXPECT_EQ(keys_of(play.graph, kept_from(play, play.graph, "a")), "");
}

TEST(Fork, OfAnotherDefinitionKeepsStepsByTheirKeys) {
  Play play(diamond());
  play.settle();
  play.fold(play.history.completed("a", "1"));
  play.settle();
  play.fold(play.history.completed("b", "2"));
  play.settle();
  const Graph other =
      GraphBuilder().step("new").step("a").step("b").after("a").step("c").after("new", "a").build();
  EXPECT_EQ(keys_of(other, kept_from(play, other, "c")), "a b ");
}

TEST(Fork, DoesAgainWhatHasBeenUndone) {
  Play play(
      GraphBuilder().step("book").step("pay").after("book").step("undo").after("pay").undoes("book").build());
  play.settle();
  play.fold(play.history.completed("book", "1"));
  play.settle();
  play.fold(play.history.failed("pay", ErrorClass::exit));
  play.settle();
  const auto kept = [&] { return kept_from(play, play.graph, "pay"); };
  EXPECT_EQ(keys_of(play.graph, kept()), "book ");
  play.fold(play.history.completed("undo", "1"));
  EXPECT_EQ(keys_of(play.graph, kept()), "");
}

TEST(Fork, RunsAnItemOfAMapAlone) {
  Play play(GraphBuilder()
                .step("list")
                .step("m")
                .after("list")
                .each("fromJSON('[1, 2, 3]')")
                .step("d")
                .after("m")
                .build());
  play.settle();
  play.fold(play.history.completed("list"));
  play.settle();
  for (const char* const item : {"m[0]", "m[1]", "m[2]"}) play.fold(play.history.completed(item));
  play.settle();
  play.fold(play.history.completed("d"));
  play.settle();
  const auto kept = kept_from(play, play.graph, "m[1]");
  EXPECT_EQ(keys_of(play.graph, kept), "list m m ");
  EXPECT_EQ(kept.at(1).item, 0U);
  EXPECT_EQ(kept.at(2).item, 2U);
  EXPECT_EQ(keys_of(play.graph, kept_from(play, play.graph, "m")), "list ");
  for (const char* const none : {"m[3]", "d[0]", "n", "m["})
    EXPECT_FALSE(find_fork_point(play.graph, play.state, play.graph, none)) << none;
}

TEST(Fork, RunsAGroupFromItsBegin) {
  Play play(GraphBuilder()
                .step("a")
                .step("g--with")
                .after("a")
                .step("g--push")
                .after("g--with")
                .step("g")
                .after("g--push")
                .group("g--with", "g")
                .build());
  EXPECT_EQ(find_fork_point(play.graph, play.state, play.graph, "g")->step, play.graph.find("g--with"));
  EXPECT_EQ(find_fork_point(play.graph, play.state, play.graph, "g--push")->step, play.graph.find("g--push"));
}

TEST(Fork, BeginsWithWhatItKeeps) {
  Play play(diamond());
  play.settle();
  play.fold(play.history.completed("a", "7"));
  play.settle();
  play.fold(play.history.failed("b", ErrorClass::exit));
  play.settle();
  const auto kept = kept_from(play, play.graph, "b");
  Created created = play.state.created;
  created.forked_from = test::kRun;
  test::History history(play.graph);
  RunState state = make_state(play.graph, test::kRun);
  test::must(fold(play.graph, state,
                  history.event("d/0", EventType::run_created, encode_created(created, play.graph, kept))));
  EXPECT_EQ(state.steps[0].result, "7");
  EXPECT_EQ(state.steps[0].phase, StepPhase::completed);
  EXPECT_EQ(test::names(play.graph, state, decide(play.graph, state, {.now = history.at}).jobs), "b c");
  EXPECT_EQ(state.created.forked_from, test::kRun);
}

}  // namespace
}  // namespace callboard::run
