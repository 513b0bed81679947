#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// The executor `wait`: signals, times, the first of several, and giving up.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::kStart;
using test::Play;

std::string at(Micros after) { return format_time(kStart + after); }

TEST(Wait, UntilATimeEndsThen) {
  Play play(GraphBuilder().step("w").wait(R"({"until":")" + at(1h) + "\"}").build());
  const Decided decided = play.settle();
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::timer);
  EXPECT_EQ(decided.timers.back().at, kStart + 1h);
  play.wake(0, kStart + 1h);
  EXPECT_EQ(play.step("w").result, R"({"at":")" + at(1h) + "\"}");
}

TEST(Wait, ForAnyOfSeveralTakesTheFirst) {
  Play play(GraphBuilder()
                .step("w")
                .wait(R"({"anyOf":[{"signal":"yes"},{"signal":"no"},{"until":")" + at(1h) + "\"}]}")
                .build());
  play.settle();
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].detail, "yes or no");
  play.fold(play.history.signal("s", "no", "7"));
  play.settle();
  EXPECT_TRUE(play.step("w").result.starts_with(R"({"name":"no","data":7,)")) << play.step("w").result;
}

TEST(Wait, ForAnyOfTakesTheTimeThatPassedBeforeTheSignalCame) {
  Play play(
      GraphBuilder().step("w").wait(R"({"anyOf":[{"signal":"go"},{"until":")" + at(1h) + "\"}]}").build());
  play.settle();
  play.history.at = kStart + 2h;  // the dispatcher was away
  play.fold(play.history.signal("s", "go"));
  play.settle();
  EXPECT_EQ(play.step("w").result, R"({"at":")" + at(1h) + "\"}");
}

TEST(Wait, ThatTookTooLongFails) {
  Play play(GraphBuilder().step("w").wait(R"({"signal":"go"})", 10s).build());
  play.settle();
  play.wake(0, kStart + 11s);
  EXPECT_EQ(play.step("w").error, (StepError{ErrorClass::timeout, "no signal \"go\" came within 10s"}));
}

TEST(Wait, ThatTookTooLongGoesOnWhereItSaysSo) {
  Play play(GraphBuilder()
                .step("w")
                .wait(R"({"signal":"go","onTimeout":"continue"})", 10s)
                .step("late")
                .after("w")
                .when("steps.w.result.timedOut")
                .build());
  play.settle();
  EXPECT_EQ(test::names(play, play.wake(0, kStart + 11s).jobs), "late");
  EXPECT_EQ(play.step("w").result, R"({"timedOut":true})");
}

TEST(Wait, ForWhatIsNeitherFails) {
  Play play(GraphBuilder().step("w").wait(R"({"anyOf":[{"signal":"a b"}]})").build());
  play.settle();
  EXPECT_EQ(play.step("w").error.message,
            "wait: `signal` is \"a b\", expected a name of letters, digits, '.', '_' and '-', at most 100");
}

}  // namespace
}  // namespace callboard::run
