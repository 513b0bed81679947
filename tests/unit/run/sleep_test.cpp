#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::names;
using test::Play;

std::vector<ArmTimer> of_steps(const Decided& decided) {
  std::vector<ArmTimer> timers;
  std::ranges::copy_if(decided.timers, std::back_inserter(timers),
                       [](const auto& timer) { return timer.step != kNoStep; });
  return timers;
}

TEST(Sleep, IsATimerAndADecisionAndNoJob) {
  Play play(GraphBuilder()
                .step("a")
                .step("nap")
                .after("a")
                .sleep(R"({"for":"90s"})")
                .step("b")
                .after("nap")
                .build());
  play.settle();
  play.fold(play.history.completed("a"));
  const Time from = play.history.at;
  const Decided decided = play.settle();
  EXPECT_EQ(names(play, decided.jobs), "");
  ASSERT_EQ(of_steps(decided).size(), 1u);
  EXPECT_EQ(of_steps(decided)[0].at, from + 90s);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::timer);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].until, from + 90s);
  EXPECT_EQ(shown_state(play.graph.steps[1], play.step("nap").phase), "waiting");

  const Decided awake = play.wake(1, from + 90s);
  EXPECT_EQ(awake.row->list[0].type, EventType::step_completed);
  EXPECT_EQ(play.step("nap").result, "{}");
  EXPECT_EQ(names(play, awake.jobs), "b");
}

TEST(Sleep, TakesSecondsOrAPointInTime) {
  Play seconds(GraphBuilder().step("nap").sleep(R"({"for":"${inputs.s}"})").build());
  seconds.state.created.inputs = R"({"s":1.5})";
  EXPECT_EQ(of_steps(seconds.settle())[0].at, seconds.state.created.created_at + 1500ms);
  Play until(GraphBuilder().step("nap").sleep(R"({"until":"2027-01-01T00:00:00Z"})").build());
  EXPECT_EQ(of_steps(until.settle())[0].at, *parse_time("2027-01-01T00:00:00Z"));
  Play past(GraphBuilder().step("nap").sleep(R"({"until":"2001-01-01T00:00:00Z"})").build());
  past.settle();
  EXPECT_EQ(past.state.phase, RunPhase::completed);
}

TEST(Sleep, FailsWhereItSaysNoTime) {
  for (const char* params : {R"({})", R"({"for":"soon"})", R"({"for":-1})",
                             R"({"for":"1s","until":"2027-01-01T00:00:00Z"})", R"({"until":5})"}) {
    Play play(GraphBuilder().step("nap").sleep(params).build());
    play.settle();
    EXPECT_EQ(play.phase("nap"), StepPhase::failed) << params;
    EXPECT_EQ(play.step("nap").error.error_class, ErrorClass::validation);
    EXPECT_EQ(play.state.phase, RunPhase::failed);
  }
}

}  // namespace
}  // namespace callboard::run
