#include "shared/workflow/triggers.hpp"

#include <gtest/gtest.h>

#include <chrono>

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

TEST(EventNames, GetThePayloadsActionWhereTheyHaveNone) {
  const Value opened = *read_json(R"({"action":"opened"})");
  EXPECT_EQ(full_event_name("github", "pull_request", opened), "pull_request.opened");
  EXPECT_EQ(full_event_name("github", "pull_request.closed", opened), "pull_request.closed");
  EXPECT_EQ(full_event_name("linear", "Issue", *read_json(R"({"action":"create"})")), "Issue.create");
  EXPECT_EQ(full_event_name("github", "push", *read_json("{}")), "push");
  EXPECT_EQ(full_event_name("webhook", "deploys", opened), "deploys");
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

TEST(Listens, ToActionsThatTheirCallersChose) {
  const Triggers some = triggers("{github: [repository_dispatch.deploy-prod, repository_dispatch.v1]}");
  EXPECT_TRUE(listens(some, "github", "repository_dispatch.deploy-prod"));
  EXPECT_TRUE(listens(some, "github", "repository_dispatch.v1"));
  EXPECT_FALSE(listens(some, "github", "repository_dispatch.v1.2")) << "v1.2 is an action of its own";
  EXPECT_FALSE(listens(some, "github", "repository_dispatch.deploy"));
  EXPECT_TRUE(listens(triggers("{github: repository_dispatch}"), "github", "repository_dispatch.v1.2"));
}

TEST(Match, OfAForkSaysWhatTheTriggerSays) {
  const Value outside = *read_json(
      R"({"pull_request":{"head":{"repo":{"full_name":"mona/w"}},"base":{"repo":{"full_name":"acme/w"}}}})");
  const Value inside = *read_json(
      R"({"pull_request":{"head":{"repo":{"full_name":"acme/w"}},"base":{"repo":{"full_name":"acme/w"}}}})");
  const auto of = [&](const std::string& forks, const Value& payload) {
    return *match(triggers("{github: {events: pull_request" + forks + "}}"), "github", "pull_request.opened",
                  payload);
  };
  EXPECT_TRUE(of("", outside).starts);
  EXPECT_FALSE(of("", outside).needs_approval);
  EXPECT_TRUE(of(", forks: no-secrets", outside).starts);
  EXPECT_TRUE(of(", forks: approve", outside).needs_approval);
  EXPECT_FALSE(of(", forks: approve", inside).needs_approval);
  EXPECT_FALSE(of(", forks: refuse", outside).starts);
  EXPECT_EQ(of(", forks: refuse", outside).detail,
            "forks: it comes from a fork, and the trigger says forks: refuse");
  EXPECT_TRUE(of(", forks: refuse", inside).starts);
}

TEST(Match, OfTheEndOfWhatAForkStartedToo) {
  const auto of = [&](const std::string& more, bool untrusted) {
    Value payload = *read_json(R"({"run":{"workflow":"build","state":"completed"}})");
    if (untrusted) payload.at("run").as_object()["untrusted"] = true;
    EXPECT_EQ(EventFacts("workflow", "build.completed", payload).is_from_fork(), untrusted);
    return *match(triggers("{workflow: {events: build.completed" + more + "}}"), "workflow",
                  "build.completed", payload);
  };
  EXPECT_TRUE(of("", true).starts);
  EXPECT_TRUE(of(", forks: approve", true).needs_approval);
  EXPECT_FALSE(of(", forks: approve", false).needs_approval);
  EXPECT_FALSE(of(", forks: refuse", true).starts);
  EXPECT_TRUE(of(", forks: refuse", false).starts);
}

TEST(Holding, IsReadOfTheFile) {
  using namespace std::chrono_literals;
  const auto of = [](const std::string& text) {
    return compiled("name: w\nsteps: [{type: noop}]\non: {github: push}\n" + text + "\n").triggers.holding;
  };
  EXPECT_FALSE(of(""));
  const auto debounce = of("debounce: {key: \"${event.ref}\", for: 30s, max: 10m}");
  ASSERT_TRUE(debounce);
  EXPECT_EQ(debounce->kind, Holding::Kind::debounce);
  EXPECT_TRUE(debounce->key);
  EXPECT_EQ(debounce->wait, 30s);
  EXPECT_EQ(debounce->longest, 10min);
  const auto batch = of("batch: {size: 50, for: 10s}");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->kind, Holding::Kind::batch);
  EXPECT_FALSE(batch->key);
  EXPECT_EQ(batch->size, 50u);
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

TEST(EventNames, MayHoldDigits) {
  compiled(
      "name: w\nsteps: [{type: wait, params: {event: {github: projects_v2.closed}}}]\n"
      "cancelOn: {github: projects_v2_status_update}\non:\n"
      "  github: [projects_v2, projects_v2.reopened, projects_v2_item.archived, projects_v2_item.reordered,"
      " projects_v2_status_update.edited]\n");
}

TEST(EventNames, OfRepositoryDispatchAreWhatItsCallersChose) {
  const auto of = [](const std::string& action) {
    return problems("name: w\nsteps: [{type: noop}]\non: {github: \"repository_dispatch." + action + "\"}\n");
  };
  for (const char* action : {"deploy-prod", "v1.2", "docs/build", "app:sync", "2nd"})
    EXPECT_EQ(of(action), "");
  EXPECT_EQ(of(std::string(100, 'a')), "");
  EXPECT_NE(of(std::string(101, 'a')), "");
  EXPECT_NE(of("a b"), "");
  EXPECT_NE(problems("name: w\nsteps: [{type: noop}]\non: {github: issues.a-b}\n"), "");
}

TEST(EventNames, ThatMayBeNewAreTaken) {
  compiled(
      "name: w\nsteps: [{type: noop}]\non:\n"
      "  github: [brand_new, repository_foo.created, issues.unpinned, issues.frozen, pull_request.thawed,"
      " repository_dispatch.sync_now, pull_request.synchronize, push]\n"
      "  linear: [ProjectMilestone.create, Issue.archive, Issue]\n");
}

}  // namespace
}  // namespace callboard::workflow
