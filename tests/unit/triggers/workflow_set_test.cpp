#include "dispatcher/triggers/workflow_set.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

CurrentWorkflowPtr make(const std::string& name, const std::string& on, const std::string& more = "") {
  const std::string text =
      "name: " + name + "\non:\n  " + on + "\n" + more + "steps:\n  - key: a\n    type: noop\n";
  auto compiled = compile_workflow(text, "yaml", true);
  EXPECT_TRUE(compiled.has_value()) << workflow::to_string(compiled.error(), name);
  return std::make_shared<const CurrentWorkflow>(std::move(*compiled));
}

TEST(WorkflowSet, GivesAVerdictForEachWorkflowThatListens) {
  WorkflowSet set;
  set.put(make("any-pull", "github: [pull_request]"));
  set.put(make("main-only", "github: {events: [pull_request.opened], if: \"${{ event.base == 'main' }}\"}"));
  set.put(make("pushes", "github: [push]"));

  const auto payload = read_json(R"({"action":"opened","base":"dev"})");
  const Match match = set.match("github", "pull_request.opened", &*payload);
  ASSERT_EQ(match.verdicts.size(), 2u);
  EXPECT_EQ(match.verdicts[0].workflow, "any-pull");
  EXPECT_EQ(match.verdicts[0].outcome, "started");
  ASSERT_TRUE(match.starts[0].has_value());
  EXPECT_EQ(match.verdicts[1].workflow, "main-only");
  EXPECT_EQ(match.verdicts[1].outcome, "condition_false");
  EXPECT_FALSE(match.verdicts[1].detail.empty());
  EXPECT_FALSE(match.starts[1].has_value());
}

TEST(WorkflowSet, StartsNothingForAnUnknownEvent) {
  WorkflowSet set;
  set.put(make("pushes", "github: [push]"));
  EXPECT_TRUE(set.match("github", "star.created", nullptr).verdicts.empty());
  EXPECT_TRUE(set.match("linear", "push", nullptr).verdicts.empty());
}

TEST(WorkflowSet, TellsAnErrorWhereARequiredInputHasNoValue) {
  WorkflowSet set;
  set.put(make("pushes", "github: [push]", "inputs: {component: {type: string, required: true}}\n"));
  const Match match = set.match("github", "push", nullptr);
  ASSERT_EQ(match.verdicts.size(), 1u);
  EXPECT_EQ(match.verdicts[0].outcome, "error");
  EXPECT_FALSE(match.starts[0].has_value());
}

TEST(WorkflowSet, WantsThePayloadOnlyWhereAWorkflowListens) {
  WorkflowSet set;
  set.put(make("pushes", "github: [push]"));
  EXPECT_TRUE(set.wants_payload("github", "push"));
  EXPECT_FALSE(set.wants_payload("github", "issues"));
  EXPECT_FALSE(set.wants_payload("linear", "push"));
}

TEST(WorkflowSet, FindsListenersOfWebhooksAndRunEnds) {
  WorkflowSet set;
  set.put(make("one", "webhook: {path: deploys.v2, secret: A_SECRET}"));
  set.put(make("two", "webhook: {path: deploys.v2, secret: A_SECRET, if: \"event.n == 2\"}"));
  set.put(make("after", "workflow: [nightly.completed, a.b]"));
  EXPECT_EQ(set.find_webhooks("deploys.v2").size(), 2u);
  EXPECT_TRUE(set.find_webhooks("deploys").empty());
  EXPECT_EQ(set.listened(), (std::set<std::string>{"nightly", "a.b"}));
  const auto payload = read_json(R"({"n":1})");
  const Match hooks = set.match("webhook", "deploys.v2", &*payload);
  ASSERT_EQ(hooks.verdicts.size(), 2u);
  EXPECT_EQ(hooks.verdicts[0].outcome, "started");
  EXPECT_EQ(hooks.verdicts[1].detail, "if: event.n == 2 is false, event.n is 1");
  EXPECT_TRUE(set.wants_payload("workflow", "a.b.failed"));
  EXPECT_FALSE(set.wants_payload("workflow", "nightly.failed"));
}

TEST(WorkflowSet, SaysThatAnEventComesFromAFork) {
  WorkflowSet set;
  set.put(make("any-pull", "github: [pull_request]"));
  const auto fork = read_json(R"({"pull_request":{"head":{"repo":{"id":2}},"base":{"repo":{"id":1}}}})");
  EXPECT_TRUE(set.match("github", "pull_request.opened", &*fork).untrusted);
  const auto own = read_json(R"({"pull_request":{"head":{"repo":{"id":1}},"base":{"repo":{"id":1}}}})");
  EXPECT_FALSE(set.match("github", "pull_request.opened", &*own).untrusted);
}

TEST(WorkflowSet, HasAHashThatNamesItsContents) {
  WorkflowSet set;
  set.put(make("pushes", "github: [push]"));
  const std::string one = set.hash();
  set.put(make("others", "github: [push]"));
  EXPECT_NE(set.hash(), one);
  set.remove("others");
  EXPECT_EQ(set.hash(), one);
  EXPECT_EQ(set.find("others"), nullptr);
}

}  // namespace
}  // namespace callboard::dispatcher
