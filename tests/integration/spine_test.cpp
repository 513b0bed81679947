// A signed webhook becomes a finished run, and what the API says of it.
#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

constexpr std::string_view kPullRequest =
    R"({"action":"opened","number":7,"repository":{"full_name":"acme/widgets"}})";

class Spine : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
    ASSERT_EQ(house->register_workflow(R"(name: review
on: {github: [pull_request.opened]}
steps:
  - key: look
    type: echo
    params: {number: "${{ event.number }}", repo: "${{ event.repository.full_name }}"}
  - key: tell
    type: echo
    params: {text: "saw ${{ steps.look.result.number }}"}
outputs: {text: "${{ steps.tell.result.text }}"}
)"),
              201);
    ASSERT_EQ(house->register_workflow(R"(name: never
on: {github: {events: [pull_request.opened], if: "${{ event.number == 8 }}"}}
steps: [{key: a, type: noop}]
)"),
              201);
    ASSERT_EQ(house->register_workflow("name: by-hand\ninputs: {n: {type: integer, default: 1}}\n"
                                       "steps: [{key: a, type: echo, params: {n: \"${{ inputs.n }}\"}}]\n"),
              201);
    ASSERT_EQ(house->register_workflow("name: slow\nsteps: [{key: a, type: noop, params: {for: 60s}}]\n"),
              201);
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Spine::house;

TEST_F(Spine, ASignedWebhookBecomesAFinishedRun) {
  const auto answer = house->deliver("pull_request", "d-1", kPullRequest);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Value arrived = json_of(answer);
  ASSERT_EQ(arrived.at("runs").as_array().size(), 1u);
  EXPECT_FALSE(arrived.at("duplicate").as_bool());

  const std::string id(arrived.at("runs").as_array()[0].as_string());
  const Value run = house->wait_for_run(id);
  EXPECT_EQ(text(run, "state"), "completed") << write_json(run);
  EXPECT_EQ(text(run.at("outputs"), "text"), "saw 7");
  EXPECT_EQ(text(run.at("steps").as_array()[0].at("result"), "repo"), "acme/widgets");
  EXPECT_EQ(text(run, "deliveryId"), text(arrived, "deliveryId"));

  const Value delivery = json_of(house->get("/api/deliveries/" + text(arrived, "deliveryId")));
  const Array& verdicts = delivery.at("verdicts").as_array();
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(text(verdicts[0], "outcome"), "condition_false");
  EXPECT_EQ(text(verdicts[1], "run"), id);
  EXPECT_EQ(delivery.at("payload").at("number").as_int64(), 7);
  EXPECT_EQ(write_json(delivery).find("sha256="), std::string::npos) << "signatures are not kept";
}

TEST_F(Spine, ADuplicateGetsTheFirstAnswer) {
  const Value first = json_of(house->deliver("pull_request", "d-2", kPullRequest));
  const Value second = json_of(house->deliver("pull_request", "d-2", kPullRequest));
  EXPECT_EQ(text(second, "deliveryId"), text(first, "deliveryId"));
  EXPECT_EQ(second.at("runs"), first.at("runs"));
  EXPECT_TRUE(second.at("duplicate").as_bool());
}

TEST_F(Spine, AReplayIsANewDeliveryWithRunsOfItsOwn) {
  const Value first = json_of(house->deliver("pull_request", "d-3", kPullRequest));
  const auto answer = house->post("/api/deliveries/" + text(first, "deliveryId") + "/replay", "{}");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Value again = json_of(answer);
  EXPECT_NE(again.at("runs"), first.at("runs"));
  const Value shown = json_of(house->get("/api/deliveries/" + text(again, "deliveryId")));
  EXPECT_EQ(text(shown, "replayOf"), text(first, "deliveryId"));
}

TEST_F(Spine, UnknownEventsAreStoredAndStartNothing) {
  for (const std::string_view event : {"star", "ping"}) {
    const auto answer = house->deliver(event, "u-" + std::string(event), R"({"zen":"x"})");
    ASSERT_EQ(answer.status, 202);
    const Value delivery = json_of(house->get("/api/deliveries/" + text(json_of(answer), "deliveryId")));
    EXPECT_TRUE(delivery.at("verdicts").as_array().empty());
    EXPECT_EQ(text(delivery, "event"), event);
  }
}

TEST_F(Spine, ARunStartedByHandAnswersWhenItIsClosed) {
  const auto answer = house->post("/api/workflows/by-hand/runs?wait=30s", R"({"inputs":{"n":5}})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Value run = json_of(answer);
  EXPECT_EQ(text(run, "state"), "completed");
  EXPECT_EQ(run.at("steps").as_array()[0].at("result").at("n").as_int64(), 5);
}

TEST_F(Spine, AnIdempotencyKeyMakesOneRun) {
  const auto first =
      house->post("/api/workflows/by-hand/runs", R"({"inputs":{"n":2},"idempotencyKey":"k1"})");
  const auto second =
      house->post("/api/workflows/by-hand/runs", R"({"inputs":{"n":2},"idempotencyKey":"k1"})");
  const auto other =
      house->post("/api/workflows/by-hand/runs", R"({"inputs":{"n":3},"idempotencyKey":"k1"})");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(text(json_of(first), "id"), text(json_of(second), "id"));
  EXPECT_EQ(other.status, 409);
}

TEST_F(Spine, WrongInputsAreRefused) {
  EXPECT_EQ(house->post("/api/workflows/by-hand/runs", R"({"inputs":{"n":"many"}})").status, 422);
  EXPECT_EQ(house->post("/api/workflows/by-hand/runs", R"({"inputs":{"m":1}})").status, 422);
  EXPECT_EQ(house->post("/api/workflows/nobody/runs", "{}").status, 404);
}

TEST_F(Spine, ABadWorkflowIsRefusedWithAllItsProblems) {
  const auto answer = ask(house->port(), "POST", "/api/workflows", "Content-Type: application/yaml\r\n",
                          "name: bad\nsteps:\n  - key: a\n    type: nope\n    colour: red\n");
  EXPECT_EQ(answer.status, 422);
  EXPECT_GE(json_of(answer).at("errors").as_array().size(), 2u) << answer.body;
}

TEST_F(Spine, ACancelledRunIsStoppedAndThenRefusesToBe) {
  const Value started = json_of(house->post("/api/workflows/slow/runs", "{}"));
  const std::string path = "/api/runs/" + text(started, "id");
  ASSERT_TRUE(eventually(
      [&] { return text(json_of(house->get(path)).at("steps").as_array()[0], "state") == "running"; }));
  EXPECT_EQ(house->post(path + "/cancel", "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(text(started, "id")), "state"), "cancelled");
  EXPECT_EQ(house->post(path + "/cancel", "{}").status, 409);
}

TEST_F(Spine, AStepThatSleepsIsWaitingForItsTimer) {
  ASSERT_EQ(house->register_workflow("name: nap\nsteps: [{key: a, type: sleep, params: {for: 1h}}]\n"), 201);
  const Value started = json_of(house->post("/api/workflows/nap/runs", "{}"));
  const std::string path = "/api/runs/" + text(started, "id");
  const auto step = [&] { return json_of(house->get(path)).at("steps").as_array()[0]; };
  ASSERT_TRUE(eventually([&] { return text(step(), "state") == "waiting"; }));
  EXPECT_FALSE(text(step(), "startedAt").empty());
  EXPECT_EQ(text(json_of(house->get(path)).at("waitingFor").as_array()[0], "kind"), "timer");
  EXPECT_EQ(house->post(path + "/cancel", "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(text(started, "id")), "state"), "cancelled");

  const Value head = json_of(house->get(path + "?steps=false"));
  EXPECT_EQ(text(head, "state"), "cancelled");
  EXPECT_EQ(find(&head, "steps"), nullptr);
  EXPECT_EQ(house->get(path + "?steps=no").status, 400);
  EXPECT_EQ(house->get(path + "?steps=false&wait=1s").status, 400);
}

TEST_F(Spine, HistoryAndStreamTellTheSameEvents) {
  const Value run = json_of(house->post("/api/workflows/by-hand/runs?wait=30s", "{}"));
  const Value history = json_of(house->get("/api/runs/" + text(run, "id") + "/history"));
  const Array& events = history.at("items").as_array();
  ASSERT_GE(events.size(), 3u) << write_json(history);
  EXPECT_EQ(text(events.front(), "type"), "run.created");
  EXPECT_EQ(text(events.back(), "type"), "run.completed");

  RawClient client(house->port());
  client.send("GET /api/runs/" + text(run, "id") + "/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::string last_id;
  for (const Value& event : events) {
    client.read_until("\nid: ");
    last_id = client.read_until("\n");
    EXPECT_EQ(client.read_until("\n"), "event: " + text(event, "type") + "\n");
  }
  EXPECT_FALSE(client.read_until("0\r\n\r\n").empty()) << "the stream ends behind the close";

  RawClient resumed(house->port());
  resumed.send("GET /api/runs/" + text(run, "id") + "/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: " +
               last_id.substr(0, last_id.size() - 1) + "\r\n\r\n");
  const std::string rest = resumed.read_until("0\r\n\r\n");
  EXPECT_EQ(rest.find("\nid: "), std::string::npos) << "nothing is told twice";
}

TEST_F(Spine, ListsGoPageByPage) {
  for (int i = 0; i < 3; ++i) house->post("/api/workflows/by-hand/runs?wait=30s", "{}");
  const Value first = json_of(house->get("/api/runs?workflow=by-hand&state=completed&limit=2"));
  ASSERT_EQ(first.at("items").as_array().size(), 2u);
  const Value second =
      json_of(house->get("/api/runs?workflow=by-hand&limit=2&cursor=" + text(first, "next")));
  ASSERT_GE(second.at("items").as_array().size(), 1u);
  EXPECT_GT(text(first.at("items").as_array()[1], "id"), text(second.at("items").as_array()[0], "id"));
  EXPECT_EQ(house->get("/api/runs?label=:a").status, 400);
  EXPECT_EQ(house->get("/api/runs?colour=red").status, 400);
  EXPECT_EQ(house->get("/api/runs?limit=501").status, 400);
  EXPECT_EQ(house->get("/api/runs?state=sleepy").status, 400);
}

TEST_F(Spine, EveryDescribedPathAnswers) {
  const Value document = json_of(house->get("/openapi.json"));
  const Value run = json_of(house->post("/api/workflows/by-hand/runs?wait=30s", "{}"));
  const Value delivered = json_of(house->deliver("star", "o-1", "{}"));
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      std::string target(path.key());
      const bool of_delivery = target.find("deliveries") != std::string::npos;
      const bool is_absent = target.contains("dead-letters/") || target.contains("{path}") ||
                             (target.contains("{token}") && method.key() == "get");  // its form takes no JSON
      if (const auto at = target.find("{id}"); at != std::string::npos) {
        target.replace(at, 4, of_delivery ? text(delivered, "deliveryId") : text(run, "id"));
      }
      if (const auto at = target.find("{name}"); at != std::string::npos) target.replace(at, 6, "by-hand");
      std::string verb(method.key());
      for (char& c : verb) c = static_cast<char>(std::toupper(c));
      const std::string head = "Content-Type: application/json\r\n";
      const auto answer =
          ask(house->port(), verb, target, verb == "POST" ? head : "", verb == "POST" ? "{}" : "");
      const std::string status = std::to_string(answer.status);
      const bool described = method.value().at("responses").as_object().contains(status);
      EXPECT_TRUE(described || answer.header("Content-Type") == "application/problem+json")
          << verb << " " << target;
      EXPECT_LT(answer.status, 500) << verb << " " << target << " " << answer.body;
      EXPECT_EQ(answer.status == 404, is_absent) << verb << " " << target;
    }
  }
}

TEST_F(Spine, MetricsCountWhatHappened) {
  house->deliver("star", "m-1", "{}");
  const std::string metrics = house->get("/metrics").body;
  EXPECT_NE(metrics.find("callboard_deliveries_total{result=\"accepted\",source=\"github\"}"),
            std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("callboard_http_requests_total"), std::string::npos);
  EXPECT_NE(metrics.find("callboard_log_commits_total"), std::string::npos);
}

TEST_F(Spine, TheWorkerAndTheLimitsAreShown) {
  ASSERT_TRUE(
      eventually([&] { return json_of(house->get("/api/workers")).at("items").as_array().size() == 1; }));
  EXPECT_EQ(json_of(house->get("/api/limits")).at("webhookBytes").as_int64(), 25 * 1024 * 1024);
}

}  // namespace
}  // namespace callboard::test
