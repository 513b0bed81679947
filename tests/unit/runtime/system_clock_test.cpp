#include "shared/runtime/system_clock.hpp"

#include <gtest/gtest.h>

namespace callboard::runtime {
namespace {

using namespace std::chrono_literals;

constexpr Micros kTestTakes = 1min;

Micros ahead_of_machine(const SystemClock& clock) {
  return clock.now() - std::chrono::floor<Micros>(std::chrono::system_clock::now());
}

TEST(SystemClock, FollowsADatabaseWhoseClockIsAnother) {
  SystemClock clock;
  clock.measure(clock.now() + 1h, clock.steady());
  EXPECT_GE(ahead_of_machine(clock), 1h - kTestTakes);

  clock.measure(clock.now() - 2h, clock.steady());
  EXPECT_LE(ahead_of_machine(clock), -1h + kTestTakes);
}

TEST(SystemClock, IsLeftAloneByAnAnswerThatTookLongEnoughToAgree) {
  SystemClock clock;
  clock.measure(clock.now() - 9min, clock.steady() - 10min);
  EXPECT_LT(ahead_of_machine(clock), kTestTakes) << "the middle would be four minutes ahead";
  EXPECT_GT(ahead_of_machine(clock), -kTestTakes);
}

TEST(SystemClock, GoesNoFurtherThanAnAnswerProves) {
  SystemClock clock;
  clock.measure(clock.now() + 1h, clock.steady() - 10min);
  EXPECT_LT(ahead_of_machine(clock), 1h + kTestTakes);
  EXPECT_GT(ahead_of_machine(clock), 1h - kTestTakes);
}

}  // namespace
}  // namespace callboard::runtime
