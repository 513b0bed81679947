#include "shared/run/step_turns.hpp"

#include <gtest/gtest.h>

#include "shared/run/party.hpp"
#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// Steps of which only so many attempts begin in a time.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::must;
using test::Play;

/// `a`, then `b` and `c`, which share a throttle, and `free` beside them.
Graph make_limited() {
  Graph graph =
      GraphBuilder().step("a").step("b").after("a").step("c").after("a").step("free").after("a").build();
  for (const StepIndex step : {1u, 2u}) {
    graph.steps[step].throttle = Throttle{
        .key = *expression::parse_text("x", expression::Opening::dollar_brace), .limit = 1, .per = 1min};
  }
  link(graph);
  return graph;
}

Play& begin(Play& play) {
  play.settle();
  play.fold(play.history.completed("a"));
  return play;
}

TEST(StepTurns, AnAttemptIsAdmittedByARowOfItsOwnBeforeItsJob) {
  Play play(make_limited());
  const Decided decided = begin(play).decide();
  EXPECT_EQ(test::names(play, decided.jobs), "free");
  ASSERT_TRUE(decided.row);
  EXPECT_EQ(decided.row->admits_step, 1u);
  ASSERT_EQ(decided.row->list.size(), 1u);
  EXPECT_EQ(decided.row->list[0].type, EventType::step_admitted);
  EXPECT_EQ(decided.row->list[0].attempt, 1u);
  EXPECT_EQ(decided.row->list[0].rate, (Rate{"x", 1, 1min}));
  play.fold(play.history.decided(*decided.row));
  EXPECT_EQ(test::names(play, play.settle().jobs), "b c");
}

TEST(StepTurns, OneThatLacksATurnAsksAgainAtItsTimeAndNamesIt) {
  Play play(make_limited());
  begin(play);
  const Decided first = play.decide();
  play.fold(play.history.decided(*first.row));
  const Time turn = play.history.at + 1min;
  const std::map<std::string, Time> barred{{"x", turn}};
  const Decided early = decide(play.graph, play.state, {.now = play.history.at, .no_turn_before = &barred});
  EXPECT_EQ(test::names(play, early.jobs), "b");
  EXPECT_FALSE(early.row);
  ASSERT_EQ(early.timers.size(), 1u);
  EXPECT_EQ(early.timers[0].at, turn);
  EXPECT_EQ(early.timers[0].step, 2u);
  const auto waiting = waiting_for(play.graph, play.state);
  const auto of_c = std::ranges::find(waiting, 2u, &Waiting::step);
  ASSERT_NE(of_c, waiting.end());
  EXPECT_EQ(of_c->kind, WaitKind::throttle);
  EXPECT_EQ(of_c->detail, R"(throttle "x" (at most 1 attempt in 1m))");
  play.state.attention.push_back(2);
  const Decided late = decide(play.graph, play.state, {.now = turn, .no_turn_before = &barred});
  ASSERT_TRUE(late.row);
  EXPECT_EQ(late.row->admits_step, 2u);
}

TEST(StepTurns, AnotherAttemptTakesAnotherTurn) {
  Graph graph = GraphBuilder().step("a").retry(2).build();
  graph.steps[0].throttle = Throttle{.key = {}, .limit = 1, .per = 1s};
  link(graph);
  Play play(std::move(graph));
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
  EXPECT_EQ(play.state.steps[0].admitted, 1u);
  play.fold(play.history.failed("a", ErrorClass::network));
  play.settle();
  play.wake(0, play.history.at + 1h);
  EXPECT_EQ(play.state.steps[0].attempt, 2u);
  EXPECT_EQ(play.state.steps[0].admitted, 2u);
}

TEST(StepTurns, TheHigherPriorityGoesFirst) {
  Graph graph = make_limited();
  graph.steps[2].priority = 5;
  Play play(std::move(graph));
  EXPECT_EQ(begin(play).decide().row->admits_step, 2u);
}

TEST(StepTurns, ACancelledRunAsksForNoMoreTurns) {
  Play play(make_limited());
  begin(play);
  play.fold(play.history.cancel());
  const Decided decided = play.settle();
  EXPECT_TRUE(decided.jobs.empty());
  EXPECT_TRUE(play.state.turns_wanted.empty());
  EXPECT_EQ(play.state.steps[1].admitted, 0u);
}

TEST(StepTurns, AnEmptyKeyIsNoThrottleAndOneThatCannotBeRenderedFailsTheStep) {
  Graph graph = GraphBuilder().step("a").step("b").build();
  const auto throttle = [](const char* key) {
    return Throttle{
        .key = *expression::parse_text(key, expression::Opening::dollar_brace), .limit = 1, .per = 1s};
  };
  graph.steps[0].throttle = throttle("${ inputs.none }");
  graph.steps[1].throttle = throttle("${ fromJSON('{') }");
  link(graph);
  Play play(std::move(graph));
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
  EXPECT_EQ(play.state.steps[0].admitted, 0u);
  EXPECT_EQ(play.state.steps[1].phase, StepPhase::failed);
  EXPECT_TRUE(play.state.steps[1].error.message.starts_with("throttle.key: "));
}

TEST(StepTurns, AFoldFromColdNeitherForgetsATurnNorTakesItTwice) {
  Play play(make_limited());
  begin(play);
  const Decided first = play.decide();
  play.fold(play.history.decided(*first.row));
  RunState cold = make_state(play.graph, test::kRun);
  ASSERT_TRUE(fold_all(play.graph, cold, play.events));
  const Decided decided = decide(play.graph, cold, {.now = play.history.at});
  ASSERT_EQ(decided.jobs.size(), 2u);
  EXPECT_EQ(decided.row->admits_step, 2u);
}

TEST(Party, IsWhatTheEventNamesElseTheThrottleTheGroupTheWorkflow) {
  const Value push{{"repository", {{"full_name", "acme/widgets"}}}};
  EXPECT_EQ(find_party("github", &push), "github:acme/widgets");
  const Value issue{{"data", {{"team", {{"key", "ENG"}}}}}};
  EXPECT_EQ(find_party("linear", &issue), "linear:ENG");
  const Value odd{{"repository", 5}};
  EXPECT_EQ(find_party("webhook", &odd), "");
  EXPECT_EQ(find_party("api", nullptr), "");
  Created created;
  created.workflow = "review";
  EXPECT_EQ(party_of(created), "workflow:review");
  created.group = Group{"g", 1, OnExcess::queue};
  EXPECT_EQ(party_of(created), "group:g");
  created.rate = Rate{"r", 1, 1s};
  EXPECT_EQ(party_of(created), "throttle:r");
  created.party = "github:acme/widgets";
  EXPECT_EQ(party_of(created), "github:acme/widgets");
}

}  // namespace
}  // namespace callboard::run
