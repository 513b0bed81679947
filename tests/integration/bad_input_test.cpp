// What bad input gets: a clear answer, and nothing lost.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class BadInput : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
  }
  static void TearDownTestSuite() { house.reset(); }
  static int webhook(std::string_view headers, std::string_view body) {
    return ask(house->port(), "POST", "/webhooks/github", headers, body).status;
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> BadInput::house;

TEST_F(BadInput, WebhooksThatAreNotGenuine) {
  const std::string unsigned_headers =
      "Content-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: 1\r\n";
  EXPECT_EQ(webhook(unsigned_headers, "{}"), 401);
  EXPECT_EQ(webhook(github_headers("push", "1", "{}", "wrong"), "{}"), 401);
  EXPECT_EQ(webhook(github_headers("push", "1", R"({"a":1})"), R"({"a":1)"), 401) << "truncated";
}

TEST_F(BadInput, WebhooksThatCanNotBeRead) {
  for (const std::string_view body : {"hello", "{\"a\":\"\xff\xfe\"}", "\xff\xfe{\x00}"}) {
    EXPECT_EQ(webhook(github_headers("push", "2", body), body), 400) << body;
  }
  EXPECT_EQ(webhook(github_headers("push", "2", "{}") + "Content-Encoding: gzip\r\n", "{}"), 415);
  const std::string deep = R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(webhook(github_headers("push", "2", deep), deep), 400);
}

TEST_F(BadInput, TextsThatTheLogCanNotKeep) {
  for (const std::string path :
       {"/api/runs?label=a%00b", "/api/runs?workflow=a%00b", "/api/runs?state=%00", "/api/runs?cursor=%ff",
        "/api/deliveries?source=a%00b", "/api/dead-letters?workflow=%ff", "/api/workflows/a%00b"}) {
    const auto answer = house->get(path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_NE(answer.body.find("must be UTF-8 text without zero bytes"), std::string::npos) << answer.body;
  }
  const auto bulk = house->post("/api/bulk", R"({"action":"cancel","filter":{"label":"a\u0000b"}})");
  EXPECT_EQ(bulk.status, 400);
  EXPECT_EQ(bulk.body.find("the database"), std::string::npos) << bulk.body;
}

TEST_F(BadInput, AWebhookOf26Megabytes) {
  const std::string body = R"({"a":")" + std::string(26 * 1024 * 1024, 'x') + "\"}";
  EXPECT_EQ(webhook(github_headers("push", "3", body), body), 413);
}

TEST_F(BadInput, AWebhookOf24MegabytesIsKept) {
  const std::string body = R"({"a":")" + std::string(24 * 1024 * 1024, 'x') + "\"}";
  const auto answer = house->deliver("push", "big", body);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Value arrived = json_of(answer);
  const std::string id(find_text(&arrived, "deliveryId"));
  EXPECT_GT(house->get("/api/deliveries/" + id).body.size(), body.size());
}

TEST_F(BadInput, AHundredBodiesOf25MegabytesAtOnce) {
  const std::string body = R"({"a":")" + std::string(25 * 1000 * 1000, 'x') + "\"}";
  std::vector<std::jthread> senders;
  std::atomic<int> kept = 0, refused = 0, other = 0;
  for (int i = 0; i < 100; ++i) {
    senders.emplace_back([&, i] {
      const int status = house->deliver("push", "flood-" + std::to_string(i), body).status;
      ++(status == 202 ? kept : status == 503 ? refused : other);
    });
  }
  senders.clear();
  EXPECT_EQ(other, 0);
  EXPECT_GE(kept, 1);
  EXPECT_EQ(kept + refused, 100);
  EXPECT_EQ(house->get("/health").status, 200);
  EXPECT_EQ(house->deliver("push", "after", "{}").status, 202);
}

TEST_F(BadInput, AWebPageThatPostsToTheLocalApi) {
  const std::string page = "Origin: https://evil.example\r\n";
  EXPECT_EQ(
      ask(house->port(), "POST", "/api/workflows", page + "Content-Type: application/json\r\n", "{}").status,
      403);
  EXPECT_EQ(ask(house->port(), "POST", "/api/workflows", "Content-Type: text/plain\r\n", "{}").status, 415);
  RawClient rebound(house->port());
  rebound.send("GET /api/runs HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(rebound.read_answer().status, 403);
  const auto preflight =
      ask(house->port(), "OPTIONS", "/api/workflows", page + "Access-Control-Request-Method: POST\r\n");
  EXPECT_EQ(preflight.status, 403);
  EXPECT_TRUE(preflight.header("Access-Control-Allow-Origin").empty());
}

TEST_F(BadInput, StepOutputFullOfEscapeSequencesStaysData) {
  ASSERT_EQ(
      house->register_workflow(
          "name: noisy\nsteps: [{key: a, type: shell, params: {run: \"printf '\\\\033[31mred\\\\007'\"}}]\n"),
      201);
  const auto answer = house->post("/api/workflows/noisy/runs?wait=30s", "{}");
  EXPECT_EQ(answer.body.find('\x1b'), std::string::npos) << "control characters are escaped in JSON";
  const Value run = json_of(answer);
  EXPECT_EQ(find_text(&run.at("steps").as_array()[0].at("result"), "stdout"), "\x1b[31mred\x07")
      << answer.body;
}

/// What a terminal or a shell could take for an order, as the name of a branch.
std::string hostile_branch(const std::string& trap) {
  return "x\x1b[31m\x1b]0;owned\x07\r\xc2\x9b\xe2\x80\xae'\"; touch " + trap + "; $(touch " + trap +
         ")`touch " + trap + "` ${{ run.id }} ${run.id} && a=b|<>*\\";
}

/// Neither control characters (beside the ends of lines) nor what turns the direction of text.
bool is_harmless(std::string_view text) {
  for (const char c : text) {
    if (c == '\x7f' || (static_cast<unsigned char>(c) < 0x20 && c != '\n')) return false;
  }
  return !text.contains("\xc2\x9b") && !text.contains("\xe2\x80\xae");
}

TEST_F(BadInput, BranchNamesFullOfEscapeSequencesStayData) {
  ASSERT_EQ(house->register_workflow(R"(name: branches
on: {github: [pull_request.opened]}
steps:
  - key: by_env
    type: shell
    params: {run: 'printf %s "$BRANCH"', env: {BRANCH: "${{ event.pull_request.head.ref }}"}}
  - key: by_argv
    type: shell
    params: {argv: [printf, "%s", "${{ event.pull_request.head.ref }}"]}
  - key: named
    type: echo
    params: {text: "on ${{ event.pull_request.head.ref }}"}
outputs: {branch: "${{ steps.by_env.result.stdout }}"}
)"),
            201);
  const std::string branch = hostile_branch((house->folder() / "trap").string());
  const std::string body =
      write_json(Object{{"action", "opened"}, {"pull_request", Object{{"head", Object{{"ref", branch}}}}}});
  const auto answer = house->deliver("pull_request", "branch", body);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const std::string id(json_of(answer).at("runs").as_array()[0].as_string());
  const Value run = house->wait_for_run(id);

  ASSERT_EQ(find_text(&run, "state"), "completed") << write_json(run);
  const Array& steps = run.at("steps").as_array();
  EXPECT_EQ(find_text(&steps[0].at("result"), "stdout"), branch);
  EXPECT_EQ(find_text(&steps[1].at("result"), "stdout"), branch);
  EXPECT_EQ(find_text(&steps[2].at("result"), "text"), "on " + branch);
  EXPECT_FALSE(std::filesystem::exists(house->folder() / "trap")) << "a part of the name was executed";

  const std::vector<std::vector<std::string>> commands{{"workflow", "list"},
                                                       {"workflow", "status", id},
                                                       {"workflow", "history", id},
                                                       {"workflow", "logs", id},
                                                       {"event", "deliveries"}};
  for (const auto& words : commands) {
    const std::string shown = house->run_cli(words);
    EXPECT_FALSE(shown.empty()) << words[1];
    EXPECT_TRUE(is_harmless(shown)) << words[1] << ": " << shown;
  }
  EXPECT_NE(house->run_cli({"workflow", "logs", id}).find("\\x1b[31m"), std::string::npos)
      << "it is shown, made visible";
}

TEST_F(BadInput, AScriptIntoWhichABranchNameWouldBePastedIsRefused) {
  EXPECT_EQ(house->register_workflow("name: pasted\non: {github: [push]}\nsteps: [{key: a, type: shell, "
                                     "params: {run: 'echo ${{ event.ref }}'}}]\n"),
            422);
}

TEST_F(BadInput, ErrorsAreProblems) {
  for (const auto& [method, target] : {std::pair{"GET", "/none"},
                                       {"DELETE", "/api/runs"},
                                       {"GET", "/api/runs/1"},
                                       {"GET", "/webhooks/github"},
                                       {"POST", "/webhooks/other"}}) {
    const auto answer = ask(house->port(), method, target);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << target;
    EXPECT_EQ(json_of(answer).at("status").as_int64(), answer.status) << target;
  }
}

TEST(BadSettings, AnAddressBeyondLoopbackIsRefusedAtStart) {
  Process dispatcher(CALLBOARD_BIN "/callboard-dispatcher", {"--listen", "0.0.0.0:0"},
                     {"PATH=/usr/bin:/bin", "CALLBOARD_DATABASE_URL=postgresql://127.0.0.1:1/x",
                      "CALLBOARD_NATS_URL=nats://127.0.0.1:1"});
  EXPECT_EQ(dispatcher.wait(), 2);
}

TEST(BadSettings, ADatabaseThatCanNotBeReachedAtStartIsWaitedFor) {
  House house;
  house.start_dispatcher();
  EXPECT_EQ(house.get("/health").status, 200);
  EXPECT_EQ(house.get("/ready").status, 503);
  const auto early = house.deliver("push", "early", "{}");
  EXPECT_EQ(early.status, 503);
  EXPECT_FALSE(early.header("Retry-After").empty());
  house.start_servers();
  EXPECT_TRUE(house.wait_until_ready());
  EXPECT_EQ(house.deliver("push", "early", "{}").status, 202);
  house.dispatcher().signal(SIGTERM);
  EXPECT_EQ(house.dispatcher().wait(), 0);
}

TEST(BadSettings, AWorkerWaitsForADatabaseThatCanNotBeReachedAtStart) {
  House house;
  house.start_worker();
  house.start_dispatcher();
  house.start_servers();
  ASSERT_TRUE(house.wait_until_ready());
  ASSERT_EQ(house.register_workflow("name: quick\nsteps: [{key: a, type: noop}]\n"), 201);
  const Value started = json_of(house.post("/api/workflows/quick/runs", "{}"));
  const Value run = house.wait_for_run(std::string(find_text(&started, "id")));
  EXPECT_EQ(find_text(&run, "state"), "completed");
  house.worker().signal(SIGTERM);
  EXPECT_EQ(house.worker().wait(), 0);
}

}  // namespace
}  // namespace callboard::test
