#include <gtest/gtest.h>

#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::Play;

constexpr int kWidth = 10'000;

Graph make_fan() {
  GraphBuilder builder;
  Graph graph = builder.step("root").build();
  for (int i = 0; i < kWidth; ++i) {
    Step leaf;
    leaf.key = "s" + std::to_string(i);
    leaf.depends_on = {0};
    graph.steps.push_back(leaf);
  }
  Step join;
  join.key = "join";
  for (StepIndex i = 1; i <= kWidth; ++i) join.depends_on.push_back(i);
  graph.steps.push_back(join);
  link(graph);
  return graph;
}

TEST(Cost, OfAnEventDoesNotGrowWithTheNumberOfSteps) {
  // given a fan of ten thousand
  Play play(make_fan());
  play.settle();
  play.fold(play.history.completed("root"));
  EXPECT_EQ(play.state.attention.size(), std::size_t{kWidth}) << "each of them is ready now";
  EXPECT_EQ(play.settle().jobs.size(), std::size_t{kWidth});
  // when their results come
  std::size_t looked_at = 0;
  std::size_t jobs = 0;
  for (int i = 0; i < kWidth; ++i) {
    play.fold(play.history.completed("s" + std::to_string(i)));
    looked_at += play.state.attention.size();
    jobs += play.settle().jobs.size();
  }
  // then all of them together made decide look at one step, which is the join
  EXPECT_EQ(looked_at, 1u);
  EXPECT_EQ(jobs, 1u);
  play.fold(play.history.completed("join"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

}  // namespace
}  // namespace callboard::run
