#include "shared/workflow/filters.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

/// What a workflow with this `on.github` makes of an event: "starts", or why it does not.
std::string verdict(std::string_view github, std::string_view event, std::string_view payload,
                    std::string_view source = "github") {
  const auto triggers = compiled("name: w\nsteps: [{type: noop}]\non: {" + std::string(source) + ": " +
                                 std::string(github) + "}\n")
                            .triggers;
  const auto value = read_json(payload);
  EXPECT_TRUE(value) << payload;
  const auto found = match(triggers, source, event, *value);
  if (!found) return "error " + found.error().message;
  return !found->listens ? "does not listen" : found->starts ? "starts" : found->detail;
}

std::string push_to(std::string_view ref, std::string_view more = "") {
  return R"({"ref":")" + std::string(ref) + R"(","sender":{"login":"mona","type":"User"})" +
         std::string(more) + "}";
}

TEST(Branches, AreThoseThatAPushIsTo) {
  const char* on = "{events: push, branches: [main, 'releases/**', '!releases/old']}";
  EXPECT_EQ(verdict(on, "push", push_to("refs/heads/main")), "starts");
  EXPECT_EQ(verdict(on, "push", push_to("refs/heads/releases/1/x")), "starts");
  EXPECT_EQ(
      verdict(on, "push", push_to("refs/heads/releases/old")),
      "branches: main, releases/** or !releases/old was wanted, the push is to refs/heads/releases/old");
  EXPECT_EQ(verdict("{events: push, branches: main}", "push", push_to("refs/heads/dev")),
            "branches: main was wanted, the push is to refs/heads/dev");
  EXPECT_EQ(verdict("{events: push, branchesIgnore: 'dev*'}", "push", push_to("refs/heads/dev2")),
            "branchesIgnore: dev* is ignored, the push is to refs/heads/dev2");
}

TEST(Branches, LeaveTagsOutUnlessTagsAreFilteredToo) {
  EXPECT_EQ(verdict("{events: push, branches: main}", "push", push_to("refs/tags/v1")),
            "branches: a branch was wanted, the push is to refs/tags/v1");
  EXPECT_EQ(verdict("{events: push, tags: 'v*'}", "push", push_to("refs/heads/main")),
            "tags: a tag was wanted, the push is to refs/heads/main");
  const char* both = "{events: push, branches: main, tags: 'v*'}";
  EXPECT_EQ(verdict(both, "push", push_to("refs/tags/v1")), "starts");
  EXPECT_EQ(verdict(both, "push", push_to("refs/heads/main")), "starts");
  EXPECT_EQ(verdict(both, "push", push_to("refs/tags/x")), "tags: v* was wanted, the push is to refs/tags/x");
  EXPECT_EQ(verdict("[push]", "push", push_to("refs/tags/x")), "starts");
}

TEST(Branches, OfADeletedRefStartNothing) {
  EXPECT_EQ(
      verdict("{events: push, branches: main}", "push", push_to("refs/heads/main", R"(,"deleted":true)")),
      "branches: the push is to refs/heads/main, which it deletes (the event delete tells of that)");
  EXPECT_EQ(verdict("[push]", "push", push_to("refs/heads/main", R"(,"deleted":true)")), "starts");
}

TEST(Branches, OfPullRequestsAreTheirBase) {
  const char* payload = R"({"pull_request":{"base":{"ref":"dev"},"head":{"ref":"main"}}})";
  EXPECT_EQ(verdict("{events: pull_request, branches: main}", "pull_request.opened", payload),
            "branches: main was wanted, the base is dev");
  EXPECT_EQ(verdict("{events: pull_request, branches: dev}", "pull_request.opened", payload), "starts");
  EXPECT_EQ(verdict("{events: workflow_run.completed, branches: main}", "workflow_run.completed",
                    R"({"workflow_run":{"head_branch":"x"}})"),
            "branches: main was wanted, the branch is x");
  EXPECT_EQ(verdict("{events: create, tags: 'v*'}", "create", R"({"ref":"v1","ref_type":"tag"})"), "starts");
  EXPECT_EQ(verdict("{events: release, tags: 'v*'}", "release.published", R"({"release":{"tag_name":"w1"}})"),
            "tags: v* was wanted, the tag is w1");
}

TEST(Paths, AreThoseThatThePushChanges) {
  const auto pushed = [](std::string_view commits) {
    return push_to("refs/heads/main", R"(,"commits":)" + std::string(commits));
  };
  const std::string docs = pushed(R"([{"added":["docs/a.md"],"modified":[],"removed":["b.md"]}])");
  EXPECT_EQ(verdict("{events: push, paths: ['src/**']}", "push", docs),
            "paths: src/** was wanted, the push changes docs/a.md and b.md");
  EXPECT_EQ(verdict("{events: push, paths: ['**.md', '!docs/**']}", "push", docs), "starts");
  EXPECT_EQ(verdict("{events: push, pathsIgnore: ['**.md']}", "push", docs),
            "pathsIgnore: **.md is ignored, the push changes docs/a.md and b.md");
  EXPECT_EQ(verdict("{events: push, pathsIgnore: ['docs/**']}", "push", docs), "starts");
  EXPECT_EQ(verdict("{events: push, paths: x}", "push", pushed("[]")),
            "paths: x was wanted, the push changes no file");
}

TEST(Paths, HoldWhereThePayloadCanNotTellThemAll) {
  std::string names;
  for (int i = 0; i < 1'001; ++i) names += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + '"';
  const std::string many =
      push_to("refs/heads/main", R"(,"commits":[{"added":[)" + names + R"(],"modified":[],"removed":[]}])");
  EXPECT_EQ(verdict("{events: push, paths: x}", "push", many), "starts");
  EXPECT_EQ(verdict("{events: push, paths: x}", "push", push_to("refs/tags/v1", R"(,"commits":[])")),
            "starts");
}

TEST(Labels, AreTheOneThatCameOrAllThatAreThere) {
  const char* on = "{events: pull_request, labels: [Review-Me]}";
  const char* payload =
      R"({"label":{"name":"bug"},"pull_request":{"labels":[{"name":"review-me"},{"name":"bug"}]}})";
  EXPECT_EQ(verdict(on, "pull_request.synchronize", payload), "starts");
  EXPECT_EQ(verdict(on, "pull_request.labeled", payload), "labels: Review-Me was wanted, found bug");
  EXPECT_EQ(verdict(on, "pull_request.opened", R"({"pull_request":{"labels":[]}})"),
            "labels: Review-Me was wanted, found none");
  EXPECT_EQ(verdict("{events: Issue, labels: bug}", "Issue.update", R"({"data":{"labels":[{"name":"Bug"}]}})",
                    "linear"),
            "starts");
}

TEST(Actors, AreComparedWithTheSender) {
  EXPECT_EQ(verdict("{events: push, actors: [Mona, hubot]}", "push", push_to("refs/heads/x")), "starts");
  EXPECT_EQ(verdict("{events: push, actors: hubot}", "push", push_to("refs/heads/x")),
            "actors: hubot was wanted, the sender is mona");
  EXPECT_EQ(verdict("{events: push, actorsIgnore: mona}", "push", push_to("refs/heads/x")),
            "actorsIgnore: the sender is mona");
}

TEST(Bots, StartNothingUnlessTheTriggerSaysSo) {
  const char* bot = R"({"sender":{"login":"dependabot[bot]","type":"Bot"}})";
  EXPECT_EQ(verdict("[pull_request]", "pull_request.opened", bot),
            "bots: dependabot[bot] is a bot, and the trigger does not say bots: true");
  EXPECT_EQ(verdict("{events: pull_request, bots: true}", "pull_request.opened", bot), "starts");
  EXPECT_EQ(
      verdict("{events: pull_request, bots: true, actors: 'dependabot[bot]'}", "pull_request.opened", bot),
      "starts");
  EXPECT_EQ(verdict("[Issue]", "Issue.update", R"({"actor":{"type":"OauthClient","name":"CI"}})", "linear"),
            "bots: CI is no person (type OauthClient), and the trigger does not say bots: true");
  EXPECT_EQ(verdict("[Issue]", "Issue.create", R"({"action":"create","data":{"botActor":{"name":"GitHub"}}})",
                    "linear"),
            "bots: GitHub is a bot, and the trigger does not say bots: true");
  EXPECT_EQ(verdict("[Issue]", "Issue.update", R"({"actor":{"type":"user","name":"Ann"}})", "linear"),
            "starts");
}

TEST(Triggers, MixNamesAndMapsAndSayOfEachWhatDoesNotHold) {
  const char* on =
      "[issues.opened, {events: push, branches: main}, {events: [push], branches: [dev], bots: true}]";
  EXPECT_EQ(verdict(on, "push", push_to("refs/heads/dev")), "starts");
  EXPECT_EQ(verdict(on, "push", push_to("refs/heads/x")),
            "branches: main was wanted, the push is to refs/heads/x; "
            "branches: dev was wanted, the push is to refs/heads/x");
  EXPECT_EQ(verdict(on, "issues.opened", "{}"), "starts");
  EXPECT_EQ(verdict("push", "push", push_to("refs/heads/x")), "starts");
}

TEST(Triggers, RefuseWhatCanNotHoldWithPlaceAndRemedy) {
  const auto wrong = [](std::string_view github) {
    return problems("name: w\nsteps: [{type: noop}]\non:\n  github: " + std::string(github) + "\n");
  };
  EXPECT_EQ(wrong("{events: push, branches: 'v[0-9'}"),
            "w:4:38: on.github.branches: no pattern: found [ without a ] (\\[ is the character itself)\n");
  EXPECT_EQ(wrong("{events: push, branches: refs/heads/main}"),
            "w:4:36: on.github.branches: found text \"refs/heads/main\", expected the name alone, without "
            "refs/heads/ or refs/tags/\n");
  EXPECT_NE(wrong("{events: push, branches: a, branchesIgnore: b}").find("expected one of the two"),
            std::string::npos);
  EXPECT_NE(wrong("{events: push, paths: ['!a']}").find("or pathsIgnore"), std::string::npos);
  EXPECT_NE(wrong("{events: [pull_request], paths: a}").find("paths goes with push"), std::string::npos);
  EXPECT_NE(
      wrong("{events: [issues], branches: a}").find("'issues' has none: branches goes with push, create"),
      std::string::npos);
  EXPECT_NE(wrong("{events: push, branch: a}").find("did you mean 'branches'?"), std::string::npos);
  EXPECT_NE(wrong("[push, {branches: a}]").find("on.github[1].events: found nothing"), std::string::npos);
}

}  // namespace
}  // namespace callboard::workflow
