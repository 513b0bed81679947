// Events that open runs wait for, or are cancelled by.
#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Listening : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_servers();
    house->start_dispatcher();
    house->start_worker();
    ASSERT_TRUE(house->wait_until_ready());
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::string start(std::string_view event, std::string_view id, std::string_view body) {
    const Value arrived = json_of(house->deliver(event, id, body));
    EXPECT_EQ(arrived.at("runs").as_array().size(), 1u) << write_json(arrived);
    return std::string(arrived.at("runs").as_array().at(0).as_string());
  }
  static std::string send(std::string_view event, std::string_view id, std::string_view body) {
    return text(json_of(house->deliver(event, id, body)), "deliveryId");
  }
  /// What the run waits for first: its kind.
  static bool waits_for(const std::string& run, std::string_view kind) {
    return eventually([&] {
      const Value shown = json_of(house->get("/api/runs/" + run));
      const Array& reasons = shown.at("waitingFor").as_array();
      return !reasons.empty() && text(reasons[0], "kind") == kind;
    });
  }
  static std::string wait_for_end(const std::string& run) { return text(house->wait_for_run(run), "state"); }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Listening::house;

TEST_F(Listening, AStepTakesTheEventThatItsIfHoldsFor) {
  ASSERT_EQ(
      house->register_workflow(
          "name: reviewed\non: {github: pull_request.opened}\nsteps:\n"
          "  - {key: review, type: wait, params: {event: {github: pull_request_review.submitted, if: \"${ "
          "event.pull_request.number == run.event.number }\"}}}\n"
          "  - {key: done, type: echo, params: {by: \"${ steps.review.result.payload.review.user }\"}}\n"),
      201);
  const std::string run = start("pull_request", "l-1", R"({"action":"opened","number":7})");
  ASSERT_TRUE(waits_for(run, "event"));
  EXPECT_NE(house->run_cli({"workflow", "why", run})
                .find("step review waits for event github pull_request_review.submitted"),
            std::string::npos);

  send("pull_request_review", "l-2", R"({"action":"submitted","pull_request":{"number":8}})");
  const std::string taken =
      send("pull_request_review", "l-3",
           R"({"action":"submitted","pull_request":{"number":7},"review":{"user":"ann"}})");

  const Value ended = house->wait_for_run(run);
  EXPECT_EQ(text(ended, "state"), "completed") << write_json(ended);
  const Value& steps = ended.at("steps");
  EXPECT_EQ(text(steps.as_array()[0].at("result"), "delivery"), taken);
  EXPECT_EQ(text(steps.as_array()[1].at("result"), "by"), "ann");
  const std::string explained = house->run_cli({"event", "explain", taken});
  EXPECT_NE(explained.find("woke"), std::string::npos) << explained;
  EXPECT_NE(explained.find("run " + run + " (step review)"), std::string::npos) << explained;
}

TEST_F(Listening, AnEventThatCameBeforeIsLookedBackTo) {
  send("check_suite", "l-4", R"({"action":"completed","sha":"abc"})");
  ASSERT_EQ(
      house->register_workflow("name: checked\non: {github: push}\nsteps:\n"
                               "  - {key: checks, type: wait, params: {event: {github: check_suite, if: "
                               "event.sha == run.event.after}, since: 10m}}\n"),
      201);
  EXPECT_EQ(wait_for_end(start("push", "l-5", R"({"ref":"refs/heads/main","after":"abc"})")), "completed");
}

TEST_F(Listening, ANewerEventCancelsTheRunOfTheOlder) {
  ASSERT_EQ(
      house->register_workflow(
          "name: review\non: {github: [issues.opened, issues.edited]}\n"
          "cancelOn: [{github: issues.edited, if: \"${ event.issue.number == run.event.issue.number }\"}]\n"
          "steps: [{key: nap, type: sleep, params: {for: 1h}}]\n"),
      201);
  const std::string older = start("issues", "l-6", R"({"action":"opened","issue":{"number":1}})");
  ASSERT_TRUE(waits_for(older, "timer"));
  house->run_cli({"workflow", "pause", older});
  const std::string other = start("issues", "l-7", R"({"action":"opened","issue":{"number":2}})");

  const Value arrived =
      json_of(house->deliver("issues", "l-8", R"({"action":"edited","issue":{"number":1}})"));
  const std::string newer(arrived.at("runs").as_array().at(0).as_string());

  const Value ended = house->wait_for_run(older);
  EXPECT_EQ(text(ended, "state"), "cancelled");
  EXPECT_NE(text(ended.at("error"), "message")
                .find("github issues.edited came (delivery " + text(arrived, "deliveryId")),
            std::string::npos)
      << write_json(ended.at("error"));
  EXPECT_TRUE(waits_for(other, "timer"));
  EXPECT_TRUE(waits_for(newer, "timer")) << "the event that started it does not cancel it";
  const std::string explained = house->run_cli({"event", "explain", text(arrived, "deliveryId")});
  EXPECT_NE(explained.find("run " + older + " (cancelOn)"), std::string::npos) << explained;
  for (const std::string& run : {other, newer}) house->run_cli({"workflow", "cancel", run});
}

TEST_F(Listening, TheEndOfAnotherWorkflowsRunIsAnEvent) {
  ASSERT_EQ(
      house->register_workflow("name: built\non: {github: deployment.created}\nsteps:\n"
                               "  - {key: w, type: wait, params: {event: {workflow: build.completed}}}\n"),
      201);
  ASSERT_EQ(house->register_workflow("name: build\non: {manual: true}\nsteps: [{key: a, type: noop}]\n"),
            201);
  const std::string run = start("deployment", "l-9", R"({"action":"created"})");
  ASSERT_TRUE(waits_for(run, "event"));
  ASSERT_EQ(house->post("/api/workflows/build/runs", "{}").status, 201);
  const Value ended = house->wait_for_run(run);
  EXPECT_EQ(text(ended, "state"), "completed") << write_json(ended);
}

TEST_F(Listening, WhatCameWhileNoDispatcherOwnedTheRunIsNotMissed) {
  const std::string run = start("pull_request", "l-10", R"({"action":"opened","number":9})");
  ASSERT_TRUE(waits_for(run, "event"));
  House::Replica replica = house->make_replica();
  house->move_to(std::move(replica));  // the one that owned it is gone, the next may own nothing yet
  ASSERT_TRUE(eventually([] {
    return house
               ->deliver("pull_request_review", "l-11",
                         R"({"action":"submitted","pull_request":{"number":9},"review":{"user":"bob"}})")
               .status == 202;
  }));
  EXPECT_EQ(wait_for_end(run), "completed");
}

}  // namespace
}  // namespace callboard::test
