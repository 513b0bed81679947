#include "shared/run/transitions.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace callboard::run {
namespace {

/// The table once more, written as a reader would say it: from each phase, what may follow.
const std::set<std::string> kLegalForRuns{
    "pending create running",
    "pending queue pending",
    "pending admit running",
    "pending pause paused",
    "pending cancel cancelling",
    "paused queue pending",
    "completed queue pending",
    "failed queue pending",
    "cancelled queue pending",
    "running cancel cancelling",
    "running close completed completed",
    "running close failed failed",
    "cancelling close failed failed",
    "cancelling close cancelled cancelled",
    "running pause paused",
    "paused pause paused",
    "running resume running",
    "paused resume running",
    "paused migrate paused",
    "paused cancel cancelling",
    "completed rewind running",
    "failed rewind running",
    "cancelled rewind running",
};

const std::set<std::string> kLegalForSteps{
    "pending await condition blocked",
    "pending open ready",
    "pending start running",
    "pending complete completed",
    "pending complete attempt judging",
    "pending fail failed",
    "pending fail attempt deciding",
    "pending lose asking",
    "blocked lose asking",
    "ready lose asking",
    "running lose asking",
    "retrying lose asking",
    "asking complete completed",
    "asking fail failed",
    "asking retry retrying",
    "pending retry retrying",
    "pending skip skipped",
    "pending cancel cancelled",
    "blocked open ready",
    "blocked start running",
    "blocked complete completed",
    "blocked complete attempt judging",
    "blocked fail failed",
    "blocked fail attempt deciding",
    "blocked retry retrying",
    "blocked skip skipped",
    "blocked cancel cancelled",
    "ready start running",
    "ready complete completed",
    "ready complete attempt judging",
    "ready fail failed",
    "ready fail attempt deciding",
    "ready retry retrying",
    "ready cancel cancelled",
    "running start running",
    "running complete completed",
    "running complete attempt judging",
    "running fail failed",
    "running fail attempt deciding",
    "running retry retrying",
    "running cancel cancelled",
    "retrying open ready",
    "retrying start running",
    "retrying complete completed",
    "retrying complete attempt judging",
    "retrying fail failed",
    "retrying fail attempt deciding",
    "retrying retry retrying",
    "retrying cancel cancelled",
    "judging complete completed",
    "judging fail failed",
    "judging retry retrying",
    "judging cancel cancelled",
    "deciding fail failed",
    "deciding retry retrying",
    "cancelled complete completed",
    "cancelled fail failed",
    "cancelled cancel cancelled",
};

std::string say(std::string_view from, std::string_view cause, std::string_view to) {
  return std::string(from) + " " + std::string(cause) + " " + std::string(to);
}

TEST(Transitions, OfRunsAreThoseOfTheTableAndEveryOtherIsRefusedNamingBoth) {
  std::set<std::string> legal;
  for (const RunPhase phase :
       {RunPhase::pending, RunPhase::waiting, RunPhase::running, RunPhase::paused, RunPhase::cancelling,
        RunPhase::completed, RunPhase::failed, RunPhase::cancelled}) {
    for (int i = 0; i < kRunCauses; ++i) {
      const auto cause = static_cast<RunCause>(i);
      const auto next = transition(phase, cause);
      if (next) {
        legal.insert(say(to_string(phase), to_string(cause), to_string(*next)));
        continue;
      }
      EXPECT_EQ(next.error().code, ErrorCode::invalid);
      EXPECT_NE(next.error().message.find(to_string(phase)), std::string::npos) << next.error().message;
      EXPECT_NE(next.error().message.find(to_string(cause)), std::string::npos) << next.error().message;
    }
  }
  EXPECT_EQ(legal, kLegalForRuns);
}

TEST(Transitions, OfStepsAreThoseOfTheTableAndEveryOtherIsRefusedNamingBoth) {
  std::set<std::string> legal;
  for (int p = 0; p < kStepPhases; ++p) {
    for (int i = 0; i < kStepCauses; ++i) {
      const auto phase = static_cast<StepPhase>(p);
      const auto cause = static_cast<StepCause>(i);
      const auto next = transition("build", phase, cause);
      if (next) {
        legal.insert(say(phase_name(phase), to_string(cause), phase_name(*next)));
        continue;
      }
      const std::string& message = next.error().message;
      EXPECT_EQ(next.error().code, ErrorCode::invalid);
      EXPECT_NE(message.find("build"), std::string::npos) << message;
      EXPECT_NE(message.find(phase_name(phase)), std::string::npos) << message;
      EXPECT_NE(message.find(to_string(cause)), std::string::npos) << message;
    }
  }
  EXPECT_EQ(legal, kLegalForSteps);
}

}  // namespace
}  // namespace callboard::run
