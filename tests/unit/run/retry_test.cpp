#include <gtest/gtest.h>

#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::names;
using test::Play;

TEST(Retry, IsADecisionWithATime) {
  // given a step with two attempts
  Play play(GraphBuilder().step("a").retry(2).build());
  play.settle();
  // when the first fails
  play.fold(play.history.failed("a", ErrorClass::network));
  const Time failed_at = play.history.at;
  const Decided decided = play.settle();
  // then the second has a time, a second after the failure, and nothing is published before
  ASSERT_TRUE(decided.row);
  EXPECT_EQ(decided.row->list[0].type, EventType::step_retry_scheduled);
  EXPECT_EQ(decided.row->list[0].attempt, 2u);
  EXPECT_EQ(decided.row->list[0].at, failed_at + 1s);
  EXPECT_EQ(names(play, decided.jobs), "");
  ASSERT_EQ(decided.timers.size(), 1u);
  EXPECT_EQ(decided.timers[0].at, failed_at + 1s);
  EXPECT_EQ(play.phase("a"), StepPhase::retrying);
  // and it is published when the time has come
  EXPECT_EQ(names(play, play.wake(0, failed_at + 999ms).jobs), "");
  EXPECT_EQ(names(play, play.wake(0, failed_at + 1s).jobs), "a#2");
  play.fold(play.history.completed("a", "{}", 2));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Retry, EndsWithTheLastAttempt) {
  Play play(GraphBuilder().step("a").retry(2).build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::network));
  play.settle();
  play.wake(0, play.history.at + 1min);
  play.fold(play.history.failed("a", ErrorClass::timeout, 2, "too slow"));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.step("a").error, (StepError{ErrorClass::timeout, "too slow"}));
}

TEST(Retry, IsForTheClassesOfThePolicyOnly) {
  Play play(GraphBuilder().step("a").retry(5).build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::auth));
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::failed);
}

TEST(Retry, FollowsAnAttemptThatWasLost) {
  Play play(GraphBuilder().step("a").retry(2).build());
  play.settle();
  play.fold(play.history.lost("a"));
  play.settle();
  EXPECT_EQ(play.phase("a"), StepPhase::retrying);
}

TEST(Retry, IsFoundAgainByANewOwner) {
  Play play(GraphBuilder().step("a").retry(2).build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::network));
  const Decided decided = play.settle();
  play.state.attention = {0};
  const Decided early = play.decide();
  ASSERT_EQ(early.timers.size(), 1u);
  EXPECT_EQ(early.timers[0].at, decided.timers[0].at);
  play.history.at = early.timers[0].at;
  play.state.attention = {0};
  EXPECT_EQ(names(play, play.decide().jobs), "a#2");
  play.state.attention = {0};
  EXPECT_EQ(names(play, play.decide().jobs), "a#2") << "as often as it is asked";
}

TEST(Retry, AnOutcomeThatCameBeforeItsAttemptWasScheduledWaits) {
  Play play(GraphBuilder().step("a").retry(2).build());
  const Event first = play.history.failed("a", ErrorClass::network);
  play.fold(play.history.completed("a", R"({"n":2})", 2));
  EXPECT_EQ(play.step("a").early.size(), 1u);
  EXPECT_FALSE(is_closed(play.phase("a")));
  play.fold(first);
  play.settle();
  EXPECT_TRUE(play.step("a").early.empty());
  EXPECT_EQ(play.step("a").result, R"({"n":2})");
  EXPECT_EQ(play.step("a").attempt, 2u);
  EXPECT_EQ(play.state.phase, RunPhase::completed);
}

TEST(Retry, DelaysGrowUpToTheLongestAndVaryByTheJitter) {
  RetryPolicy policy{.max_attempts = 9, .jitter = 0};
  EXPECT_EQ(retry_delay(policy, test::kRun, "a", 2), 1s);
  EXPECT_EQ(retry_delay(policy, test::kRun, "a", 3), 2s);
  EXPECT_EQ(retry_delay(policy, test::kRun, "a", 4), 4s);
  EXPECT_EQ(retry_delay(policy, test::kRun, "a", 90), 30s);
  policy.jitter = 0.1;
  const Micros one = retry_delay(policy, test::kRun, "a", 2);
  EXPECT_EQ(one, retry_delay(policy, test::kRun, "a", 2)) << "a hash, not chance";
  EXPECT_NE(one, retry_delay(policy, test::kRun, "b", 2));
  for (std::uint32_t attempt = 2; attempt < 60; ++attempt) {
    const Micros delay = retry_delay(policy, test::kRun, "a", attempt);
    EXPECT_GE(delay, 900ms);
    EXPECT_LE(delay, 33s);
  }
}

TEST(Retry, ItsJitterIsAPromiseThatEveryReleaseKeeps) {
  EXPECT_EQ(retry_delay({}, test::kRun, "build", 2).count(), 949235);
}

}  // namespace
}  // namespace callboard::run
