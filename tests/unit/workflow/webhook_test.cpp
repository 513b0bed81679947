#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/workflow/triggers.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

Triggers on(std::string_view text) {
  return compiled("name: w\nsteps: [{type: noop}]\non: " + std::string(text) + "\n").triggers;
}

std::string wrong(std::string_view text) {
  return problems("name: w\nsteps: [{type: noop}]\non: " + std::string(text) + "\n");
}

using Scheme = WebhookTrigger::Scheme;

TEST(Webhook, IsSignedUnlessItSaysOtherwise) {
  const Triggers hmac = on("{webhook: {path: deploys, secret: DEPLOYS_SECRET}}");
  ASSERT_TRUE(hmac.webhook);
  EXPECT_EQ(hmac.webhook->scheme, Scheme::hmac);
  EXPECT_EQ(hmac.webhook->header, "X-Signature-256");
  EXPECT_EQ(hmac.webhook->prefix, "sha256=");
  EXPECT_TRUE(listens(hmac, "webhook", "deploys"));
  const auto bearer = on("{webhook: {path: p, secret: A_TOKEN, scheme: bearer}}").webhook;
  EXPECT_EQ(bearer->header + ": " + bearer->prefix, "Authorization: Bearer ");
  const auto own = on("{webhook: {path: p, secret: A_TOKEN, scheme: bearer, header: X-Token}}").webhook;
  EXPECT_EQ(own->header + ": " + own->prefix, "X-Token: ");
  EXPECT_EQ(on("{webhook: {path: p, scheme: none}}").webhook->secret, "");
}

TEST(Webhook, RefusesWhatIsNoPathAndNoNameOfASecret) {
  EXPECT_NE(wrong("{webhook: {path: a/b, secret: A_SECRET}}").find("on.webhook.path: found text \"a/b\""),
            std::string::npos);
  EXPECT_NE(wrong("{webhook: {path: p}}").find("on.webhook.secret: found nothing"), std::string::npos);
  for (const char* secret : {"hunter2", "CALLBOARD_SECRET_A_KEY", "PATH", "a_SECRET"}) {
    EXPECT_NE(wrong("{webhook: {path: p, secret: " + std::string(secret) + "}}")
                  .find("expected the name of a variable"),
              std::string::npos)
        << secret;
  }
  EXPECT_NE(wrong("{webhook: {path: p, scheme: none, secret: A_SECRET}}").find("beside scheme: none"),
            std::string::npos);
  EXPECT_NE(wrong("{webhook: {path: p, scheme: none, schema: {type: x}}}").find("on.webhook.schema.type"),
            std::string::npos);
  EXPECT_NE(wrong("{webhook: {path: p, scheme: none, idempotencyKey: '${ inputs.a }'}}")
                .find("inputs can't be read"),
            std::string::npos);
}

TEST(Webhook, FindsTheKeyThatMakesTwoRequestsOne) {
  const auto mapped = on("{webhook: {path: p, scheme: none, idempotencyKey: 'e-${ event.id }'}}").webhook;
  EXPECT_EQ(*find_idempotency_key(*mapped, *read_json(R"({"id":7})"), "header"), "e-7");
  const auto plain = on("{webhook: {path: p, scheme: none}}").webhook;
  EXPECT_EQ(plain->key_header, "Idempotency-Key");
  EXPECT_EQ(*find_idempotency_key(*plain, *read_json("{}"), "header"), "header");
  EXPECT_EQ(*find_idempotency_key(*plain, *read_json("{}"), ""), "");
}

TEST(Webhook, AnEventThatTheSchemaRefusesStartsNothing) {
  const Triggers some =
      on("{webhook: {path: p, scheme: none, schema: {required: [id]}, if: \"event.id > 1\"}}");
  EXPECT_TRUE(match(some, "webhook", "p", *read_json(R"({"id":2})"))->starts);
  EXPECT_EQ(match(some, "webhook", "p", *read_json("{}"))->detail,
            "schema: : found no \"id\", which is required");
  EXPECT_EQ(match(some, "webhook", "p", *read_json(R"({"id":1})"))->detail,
            "if: event.id > 1 is false, event.id is 1");
}

TEST(RunEnds, AreNamedByWorkflowAndState) {
  const Triggers some =
      on("{workflow: [nightly.completed, Big Build, {events: a.b.failed, if: \"event.x\"}]}");
  EXPECT_TRUE(listens(some, "workflow", "nightly.completed"));
  EXPECT_FALSE(listens(some, "workflow", "nightly.failed"));
  for (const char* end : {"big-build.completed", "big-build.failed", "big-build.cancelled", "a.b.failed"})
    EXPECT_TRUE(listens(some, "workflow", end)) << end;
  EXPECT_FALSE(listens(some, "workflow", "big-build.x.completed"));
  EXPECT_EQ(listened_workflows(some), (std::set<std::string>{"nightly", "big-build", "a.b"}));
  EXPECT_NE(wrong("{workflow: ['!!!']}").find("expected a workflow's end"), std::string::npos);
}

TEST(Forks, AreKnownByTheRepositoryOfTheHead) {
  const auto is_from_fork = [](std::string_view payload) {
    const auto value = read_json(payload);
    return EventFacts("github", "pull_request.opened", *value).is_from_fork();
  };
  EXPECT_FALSE(is_from_fork(R"({"pull_request":{"head":{"repo":{"id":1}},"base":{"repo":{"id":1}}}})"));
  EXPECT_TRUE(is_from_fork(R"({"pull_request":{"head":{"repo":{"id":2}},"base":{"repo":{"id":1}}}})"));
  EXPECT_TRUE(is_from_fork(R"({"pull_request":{"head":{"repo":null},"base":{"repo":{"id":1}}}})"));
  EXPECT_TRUE(is_from_fork(
      R"({"pull_request":{"head":{"repo":{"full_name":"a/x"}}},"repository":{"full_name":"b/x"}})"));
  EXPECT_TRUE(is_from_fork(R"({"workflow_run":{"head_repository":{"id":2},"repository":{"id":1}}})"));
  EXPECT_FALSE(is_from_fork(R"({"number":7,"repository":{"full_name":"acme/widgets"}})"));
  EXPECT_EQ(wrong("{github: {events: pull_request, forks: {secrets: true}}}"),
            "w:3:44: on.github.forks: found a map, expected no-secrets, approve or refuse\n");
}

}  // namespace
}  // namespace callboard::workflow
