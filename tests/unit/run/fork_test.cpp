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

TEST(Fork, KeepsWhatEndedWellAndDoesNotRestOnTheStep) {
  Play play(diamond());
  play.settle();
  for (const char* const step : {"a", "b", "c", "d"}) {
    play.fold(play.history.completed(step, "1"));
    play.settle();
  }
  EXPECT_EQ(keys_of(play.graph, keep_for_fork(play.graph, play.state, play.graph, play.graph.find("b"))),
            "a c ");
  EXPECT_EQ(keys_of(play.graph, keep_for_fork(play.graph, play.state, play.graph, play.graph.find("a"))), "");
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
  EXPECT_EQ(keys_of(other, keep_for_fork(play.graph, play.state, other, other.find("c"))), "a b ");
}

TEST(Fork, DoesAgainWhatHasBeenUndone) {
  Play play(
      GraphBuilder().step("book").step("pay").after("book").step("undo").after("pay").undoes("book").build());
  play.settle();
  play.fold(play.history.completed("book", "1"));
  play.settle();
  play.fold(play.history.failed("pay", ErrorClass::exit));
  play.settle();
  const auto kept = [&] { return keep_for_fork(play.graph, play.state, play.graph, 1); };
  EXPECT_EQ(keys_of(play.graph, kept()), "book ");
  play.fold(play.history.completed("undo", "1"));
  EXPECT_EQ(keys_of(play.graph, kept()), "");
}

TEST(Fork, BeginsWithWhatItKeeps) {
  Play play(diamond());
  play.settle();
  play.fold(play.history.completed("a", "7"));
  play.settle();
  play.fold(play.history.failed("b", ErrorClass::exit));
  play.settle();
  const auto kept = keep_for_fork(play.graph, play.state, play.graph, play.graph.find("b"));
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
