#include "shared/workflow/triggers.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

Triggers triggers(std::string_view on) {
  return compiled("name: w\nsteps: [{type: noop}]\non: " + std::string(on) + "\n").triggers;
}

TEST(EventNames, AreTheHeaderAndTheAction) {
  EXPECT_EQ(github_event_name("pull_request", *read_json(R"({"action":"opened"})")), "pull_request.opened");
  EXPECT_EQ(github_event_name("push", *read_json(R"({"ref":"refs/heads/main"})")), "push");
  EXPECT_EQ(github_event_name("push", *read_json(R"({"action":5})")), "push");
  EXPECT_EQ(linear_event_name(*read_json(R"({"type":"Issue","action":"create"})")), "Issue.create");
}

TEST(Listens, ToAnEventAndItsActions) {
  const Triggers some = triggers("{github: [pull_request.opened, issues, push], linear: [Issue.create]}");
  EXPECT_TRUE(listens(some, "github", "pull_request.opened"));
  EXPECT_FALSE(listens(some, "github", "pull_request.closed"));
  EXPECT_TRUE(listens(some, "github", "issues.labeled"));
  EXPECT_TRUE(listens(some, "github", "push"));
  EXPECT_FALSE(listens(some, "github", "issues_other.opened"));
  EXPECT_TRUE(listens(some, "linear", "Issue.create"));
  EXPECT_FALSE(listens(some, "github", "Issue.create"));
}

TEST(Match, StartsWhereTheConditionHolds) {
  const Triggers some = triggers("{github: {events: [push], if: \"event.ref == 'refs/heads/main'\"}}");
  EXPECT_TRUE(match(some, "github", "push", *read_json(R"({"ref":"refs/heads/main"})"))->starts);
  const auto other = match(some, "github", "push", *read_json(R"({"ref":"refs/heads/x"})"));
  EXPECT_TRUE(other->listens);
  EXPECT_FALSE(other->starts);
  EXPECT_EQ(other->detail, "if: event.ref == 'refs/heads/main' is false, event.ref is \"refs/heads/x\"");
  EXPECT_FALSE(match(some, "github", "issues.opened", *read_json("{}"))->listens);
}

TEST(Match, StartsWithoutACondition) {
  EXPECT_TRUE(match(triggers("{linear: [Issue]}"), "linear", "Issue.update", *read_json("{}"))->starts);
}

TEST(Schedules, AreAListAMapOrAnExpression) {
  const auto ids = [](std::string_view schedule) {
    std::string out;
    for (const auto& one : triggers("{schedule: " + std::string(schedule) + "}").schedules)
      out += one.times.id() + ";";
    return out;
  };
  EXPECT_EQ(ids("\"0 3 * * *\""), "0 3 * * * UTC;");
  EXPECT_EQ(ids("{cron: \"0 3 * * *\", timezone: Europe/Paris}"), "0 3 * * * Europe/Paris;");
  EXPECT_EQ(ids("[\"@daily\", {cron: \"0 3 * * mon\"}]"), "@daily UTC;0 3 * * mon UTC;");
}

TEST(Schedules, MakeGoodTheLatestAndSkipOverlapsUnlessTold) {
  const ScheduleTrigger plain = triggers("{schedule: \"@daily\"}").schedules.at(0);
  EXPECT_EQ(plain.catchup, CatchUp::latest);
  EXPECT_EQ(plain.overlap, Overlap::skip);
  EXPECT_EQ(plain.jitter, Micros(0));
  const ScheduleTrigger told =
      triggers("{schedule: {cron: \"@daily\", catchup: all, overlap: queue, jitter: 10m}}").schedules.at(0);
  EXPECT_EQ(told.catchup, CatchUp::all);
  EXPECT_EQ(told.overlap, Overlap::queue);
  EXPECT_EQ(told.jitter, std::chrono::minutes(10));
}

}  // namespace
}  // namespace callboard::workflow
