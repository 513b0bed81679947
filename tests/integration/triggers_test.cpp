// What starts a run, and what the delivery says of those that did not start.
#include <gtest/gtest.h>

#include <chrono>

#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"
#include "tests/unit/cli/fake_api.hpp"

namespace callboard::test {
namespace {

class Triggers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_servers();
    house->start_dispatcher({"DEPLOYS_SECRET=old,new", "ALERTS_TOKEN=t0ken"});
    house->start_worker();
    ASSERT_TRUE(house->wait_until_ready());
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static RawClient::Answer call_hook(std::string_view path, std::string headers, std::string_view body) {
    headers += "Content-Type: application/json\r\n";
    return ask(house->port(), "POST", "/webhooks/custom/" + std::string(path), headers, body);
  }
  static std::string signed_with(std::string_view secret, std::string_view body) {
    return "X-Signature-256: sha256=" + to_hex(hmac_sha256(secret, body)) + "\r\n";
  }
  static Value delivery_of(const Value& arrived) {
    return json_of(house->get("/api/deliveries/" + text(arrived, "deliveryId")));
  }
  /// The first delivery of a source whose event is that, once it is there.
  static Value find_delivery(std::string_view source, std::string_view event) {
    Value found;
    eventually([&] {
      const Value page = json_of(house->get("/api/deliveries?source=" + std::string(source)));
      for (const Value& item : page.at("items").as_array()) {
        if (text(item, "event") == event) found = item;
      }
      return !found.is_null();
    });
    return found;
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Triggers::house;

TEST_F(Triggers, FiltersDecideAndTheDeliveryTellsWhatDidNotHold) {
  ASSERT_EQ(house->register_workflow("name: on-main\non: {github: {events: push, branches: [main]}}\n"
                                     "steps: [{key: a, type: echo, params: {ref: \"${{ event.ref }}\"}}]\n"),
            201);
  ASSERT_EQ(house->register_workflow("name: on-docs\non: {github: [{events: push, paths: ['docs/**']}]}\n"
                                     "steps: [{key: a, type: noop}]\n"),
            201);

  const Value arrived = json_of(house->deliver(
      "push", "t-1",
      R"({"ref":"refs/heads/dev","sender":{"login":"mona","type":"User"},"commits":[{"added":["docs/a.md"]}]})"));

  ASSERT_EQ(arrived.at("runs").as_array().size(), 1u) << write_json(arrived);
  EXPECT_EQ(text(house->wait_for_run(std::string(arrived.at("runs").as_array()[0].as_string())), "workflow"),
            "on-docs");
  const std::string explained = house->run_cli({"event", "explain", text(arrived, "deliveryId")});
  EXPECT_NE(explained.find("branches: main was wanted, the push is to refs/heads/dev"), std::string::npos)
      << explained;
}

TEST_F(Triggers, ABotStartsNothingUnlessItIsWanted) {
  ASSERT_EQ(
      house->register_workflow("name: for-people\non: {github: issues.opened}\nsteps: [{type: noop}]\n"),
      201);
  ASSERT_EQ(house->register_workflow(
                "name: for-all\non: {github: {events: issues.opened, bots: true}}\nsteps: [{type: noop}]\n"),
            201);

  const Value arrived = json_of(house->deliver(
      "issues", "t-2", R"({"action":"opened","sender":{"login":"renovate[bot]","type":"Bot"}})"));

  EXPECT_EQ(arrived.at("runs").as_array().size(), 1u);
  const Value delivery = json_of(house->get("/api/deliveries/" + text(arrived, "deliveryId")));
  for (const Value& verdict : delivery.at("verdicts").as_array()) {
    const bool starts = text(verdict, "workflow") == "for-all";
    EXPECT_EQ(text(verdict, "outcome"), starts ? "started" : "condition_false");
    if (!starts) {
      EXPECT_EQ(text(verdict, "detail"),
                "bots: renovate[bot] is a bot, and the trigger does not say bots: true");
    }
  }
}

TEST_F(Triggers, ASignedWebhookOfAnyProgramStartsARunOnce) {
  ASSERT_EQ(house->register_workflow("name: deploy\non: {webhook: {path: deploys, secret: DEPLOYS_SECRET, "
                                     "idempotencyKey: \"${ event.id }\","
                                     " schema: {required: [id], properties: {id: {type: integer}}}}}\n"
                                     "steps: [{key: a, type: echo, params: {env: \"${{ event.env }}\"}}]\n"),
            201);
  constexpr std::string_view kBody = R"({"id":1,"env":"prod"})";

  const auto answer = call_hook("deploys", signed_with("new", kBody), kBody);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Value arrived = json_of(answer);
  const Value run = house->wait_for_run(std::string(arrived.at("runs").as_array().at(0).as_string()));
  EXPECT_EQ(text(run.at("steps").as_array()[0].at("result"), "env"), "prod");
  const Value again = json_of(call_hook("deploys", signed_with("old", kBody), kBody));
  EXPECT_TRUE(again.at("duplicate").as_bool());
  EXPECT_EQ(again.at("runs"), arrived.at("runs"));

  EXPECT_EQ(call_hook("deploys", signed_with("other", kBody), kBody).status, 401);
  EXPECT_EQ(call_hook("deploys", "", kBody).status, 401);
  EXPECT_EQ(call_hook("nothing", signed_with("new", kBody), kBody).status, 404);
  const auto refused = call_hook("deploys", signed_with("new", R"({"id":"x"})"), R"({"id":"x"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(text(json_of(refused).at("errors").as_array().at(0), "pointer"), "/id") << refused.body;
}

TEST_F(Triggers, ANumberBeyond64BitsIsReadAsTheNearestAndKeptAsItCame) {
  ASSERT_EQ(house->register_workflow(
                "name: numbers\non: {webhook: {path: numbers, scheme: none}}\n"
                "steps: [{key: a, type: echo, params: {n: \"${{ event.n }}\", all: \"${{ event }}\"}}]\n"),
            201);
  constexpr std::string_view kBody = R"({"n":12345678901234567890123})";

  const auto answer = call_hook("numbers", "", kBody);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Value arrived = json_of(answer);
  const Value run = house->wait_for_run(std::string(arrived.at("runs").as_array().at(0).as_string()));
  EXPECT_EQ(text(run, "state"), "completed");
  const Value& result = run.at("steps").as_array()[0].at("result");
  EXPECT_EQ(result.at("n"), Value(1.2345678901234568e22));
  EXPECT_EQ(result.at("all").at("n"), result.at("n"));
  const auto delivery = house->get("/api/deliveries/" + text(arrived, "deliveryId"));
  EXPECT_NE(delivery.body.find(kBody), std::string::npos) << delivery.body;
}

TEST_F(Triggers, AWebhookWithoutItsSecretIsRefusedAndAPathHasOneSecret) {
  ASSERT_EQ(house->register_workflow("name: unset\non: {webhook: {path: unset, secret: UNSET_SECRET}}\n"
                                     "steps: [{type: noop}]\n"),
            201);
  EXPECT_EQ(call_hook("unset", signed_with("", "{}"), "{}").status, 403);
  ASSERT_EQ(house->register_workflow(
                "name: alert\non: {webhook: {path: alerts, secret: ALERTS_TOKEN, scheme: bearer}}\n"
                "steps: [{type: noop}]\n"),
            201);
  EXPECT_EQ(call_hook("alerts", "Authorization: Bearer t0ken\r\n", "{}").status, 202);
  EXPECT_EQ(call_hook("alerts", "Authorization: Bearer no\r\n", "{}").status, 401);
  EXPECT_EQ(house->register_workflow("name: alert-2\non: {webhook: {path: alerts, secret: DEPLOYS_SECRET}}\n"
                                     "steps: [{type: noop}]\n"),
            422);
  EXPECT_EQ(house->register_workflow(
                "name: open\non: {webhook: {path: open, scheme: none}}\nsteps: [{type: noop}]\n"),
            201);
  EXPECT_EQ(call_hook("open", "", "{}").status, 202) << "it listens on loopback";
}

TEST_F(Triggers, TheEndOfARunStartsAnother) {
  ASSERT_EQ(house->register_workflow(
                "name: after-nightly\non: {workflow: nightly.completed}\n"
                "steps: [{key: a, type: echo, params: {n: \"${{ event.run.outputs.n }}\"}}]\n"),
            201);
  ASSERT_EQ(house->register_workflow("name: nightly\nsteps: [{key: a, type: noop}]\noutputs: {n: 5}\n"), 201);

  const Value nightly = json_of(house->post("/api/workflows/nightly/runs?wait=30s", "{}"));

  const Value delivery = find_delivery("workflow", "nightly.completed");
  ASSERT_FALSE(delivery.is_null());
  const Value run = house->wait_for_run(text(delivery.at("verdicts").as_array().at(0), "run"));
  EXPECT_EQ(text(run, "workflow"), "after-nightly");
  EXPECT_EQ(run.at("steps").as_array()[0].at("result").at("n"), 5);
  const Value whole = json_of(house->get("/api/deliveries/" + text(delivery, "id")));
  EXPECT_EQ(text(whole.at("payload").at("run"), "id"), text(nightly, "id"));
}

TEST_F(Triggers, AWorkflowThatSetsItselfOffIsStopped) {
  ASSERT_EQ(house->register_workflow(
                "name: ouroboros\non: {workflow: ouroboros.completed}\nsteps: [{type: noop}]\n"),
            201);
  ASSERT_EQ(house->post("/api/workflows/ouroboros/runs", "{}").status, 201);

  int runs = 0;
  std::string refusal;
  EXPECT_TRUE(eventually(
      [&] {
        const Value page = json_of(house->get("/api/deliveries?source=workflow&limit=100"));
        runs = 0;
        for (const Value& item : page.at("items").as_array()) {
          if (text(item, "event") != "ouroboros.completed") continue;
          const Value& verdict = item.at("verdicts").as_array().at(0);
          text(verdict, "outcome") == "started" ? void(++runs) : void(refusal = text(verdict, "detail"));
        }
        return !refusal.empty();
      },
      60));
  EXPECT_EQ(runs, 16);
  EXPECT_NE(refusal.find("cause depth: 17 runs stand behind this event"), std::string::npos) << refusal;
}

TEST_F(Triggers, APullRequestFromAForkGetsNoSecrets) {
  ASSERT_EQ(
      house->register_workflow("name: outside\non: {github: pull_request.opened}\n"
                               "steps: [{key: a, type: echo, params: {t: \"${{ secrets.TOKEN }}\"}}]\n"),
      201);
  const Value arrived = json_of(house->deliver(
      "pull_request", "t-fork",
      R"({"action":"opened","pull_request":{"head":{"repo":{"id":2}},"base":{"repo":{"id":1}}}})"));
  const Value run = house->wait_for_run(std::string(arrived.at("runs").as_array().at(0).as_string()));
  EXPECT_EQ(text(run, "state"), "failed");
  EXPECT_EQ(text(run.at("steps").as_array()[0].at("error"), "class"), "auth") << write_json(run);
}

TEST(CatchUp, WhatGithubCouldNotDeliverIsFetchedOnce) {
  House house;
  house.start_servers();
  house.start_dispatcher();
  ASSERT_TRUE(house.wait_until_ready());
  ASSERT_EQ(house.register_workflow("name: pulls\non: {github: pull_request.opened}\n"
                                    "steps: [{key: a, type: echo, params: {n: \"${{ event.number }}\"}}]\n"),
            201);
  cli::FakeApi github;
  const std::string hook = "/repos/acme/widgets/hooks/5/deliveries";
  const std::string at = format_time(std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()) -
                                     std::chrono::minutes(3));
  github.answer("GET " + hook + "?per_page=100", 200,
                R"([{"id":7,"guid":"g-failed","delivered_at":")" + at + R"(","status_code":502},)" +
                    R"({"id":6,"guid":"g-taken","delivered_at":")" + at + R"(","status_code":202}])");
  github.answer("GET " + hook + "/7", 200,
                R"({"id":7,"guid":"g-failed","event":"pull_request","request":{"headers":{"X-GitHub-Event":)"
                R"("pull_request"},"payload":{"action":"opened","number":7}}})");

  house.start_dispatcher(
      {"GITHUB_API_URL=" + github.url(), "GITHUB_TOKEN=t", "GITHUB_HOOKS=repos/acme/widgets/hooks/5"});
  house.start_worker();

  Value delivery;
  ASSERT_TRUE(eventually(
      [&] {
        const Value page = json_of(house.get("/api/deliveries"));
        const Value* items = find(&page, "items");
        if (items == nullptr || items->as_array().empty()) return false;
        delivery = items->as_array()[0];
        return true;
      },
      60));
  EXPECT_EQ(find_text(&delivery, "externalId"), "g-failed");
  EXPECT_EQ(find_text(&delivery, "event"), "pull_request.opened");
  const Value run =
      house.wait_for_run(std::string(find_text(&delivery.at("verdicts").as_array().at(0), "run")));
  EXPECT_EQ(run.at("steps").as_array()[0].at("result").at("n"), 7);
  const Value late = json_of(house.deliver("pull_request", "g-failed", R"({"action":"opened","number":7})"));
  EXPECT_TRUE(late.at("duplicate").as_bool()) << "GitHub delivers it again after all";
}

}  // namespace
}  // namespace callboard::test
