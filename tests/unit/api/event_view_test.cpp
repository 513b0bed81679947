#include "dispatcher/api/event_view.hpp"

#include <gtest/gtest.h>

namespace callboard::dispatcher {
namespace {

run::Event event(std::string key, run::EventType type, std::string data) {
  return {.run = *parse_id<RunId>("019364a1-0000-7000-8000-000000000001"),
          .key = std::move(key),
          .type = type,
          .writer = {},
          .position = 12,
          .at = *parse_time("2026-11-21T08:00:00.000123Z"),
          .data = std::move(data)};
}

TEST(EventView, ShowsAFact) {
  const auto shown = write_event(
      event("g1/lint/2/result", run::EventType::step_completed, R"({"v":1,"result":{"ok":true}})"));
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0],
            R"({"position":12,"runId":"019364a1-0000-7000-8000-000000000001","key":"g1/lint/2/result",)"
            R"("type":"step.completed","step":"lint","attempt":2,"at":"2026-11-21T08:00:00.000123Z",)"
            R"("data":{"result":{"ok":true}}})");
}

TEST(EventView, ShowsARowOfDecisionsAsItsParts) {
  const auto shown =
      write_event(event("d/3", run::EventType::run_completed,
                        R"({"v":1,"list":[{"type":"step.skipped","step":"b","value":"condition"},)"
                        R"({"type":"run.completed","value":{}}]})"));
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_NE(shown[0].find(R"("type":"step.skipped","step":"b","attempt":null)"), std::string::npos)
      << shown[0];
  EXPECT_NE(shown[0].find(R"("part":0,"data":{"value":"condition"})"), std::string::npos) << shown[0];
  EXPECT_NE(shown[1].find(R"("type":"run.completed","step":null)"), std::string::npos) << shown[1];
  EXPECT_NE(shown[1].find(R"("part":1)"), std::string::npos) << shown[1];
}

TEST(EventView, ShowsWhoGaveACommand) {
  const auto shown = write_event(
      event("cmd/1", run::EventType::command_received, R"({"v":1,"command":"cancel","actor":"api"})"));
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_NE(shown[0].find(R"("actor":"api","data":{"command":"cancel"})"), std::string::npos) << shown[0];
}

TEST(EventView, ShowsWhichStepAnAnswerIsAbout) {
  const auto shown = write_event(
      event("cmd/1", run::EventType::command_received,
            R"({"v":1,"command":"answer","generation":1,"step":"a","attempt":2,"answer":"retry"})"));
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_NE(shown[0].find(R"("step":"a","attempt":2)"), std::string::npos) << shown[0];
}

TEST(EventView, ShowsDataThatDoesNotDecodeAsNull) {
  const auto shown = write_event(event("d/0", run::EventType::run_created, "broken"));
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_NE(shown[0].find(R"("type":"run.created")"), std::string::npos);
  EXPECT_NE(shown[0].find(R"("data":null)"), std::string::npos);
}

}  // namespace
}  // namespace callboard::dispatcher
