// Events that are held back (debounce, batch), across two dispatchers of which one is killed.
#include <gtest/gtest.h>

#include <csignal>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Held : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  /// The delivery's id.
  static std::string push(const std::string& id, const std::string& ref, int number) {
    const auto answer =
        house->deliver("push", id, R"({"ref":")" + ref + R"(","n":)" + std::to_string(number) + "}");
    EXPECT_EQ(answer.status, 202) << answer.body;
    return text(json_of(answer), "deliveryId");
  }
  static Value verdict(const std::string& delivery, const std::string& workflow) {
    const Value found = json_of(house->get("/api/deliveries/" + delivery));
    for (const Value& one : found.at("verdicts").as_array()) {
      if (text(one, "workflow") == workflow) return one;
    }
    return {};
  }
  static bool has_started(const std::string& delivery, const std::string& workflow) {
    return eventually([&] { return text(verdict(delivery, workflow), "outcome") == "started"; }, 30);
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Held::house;

TEST_F(Held, OfEventsInARowTheLastStartsTheRun) {
  ASSERT_EQ(house->register_workflow("name: preview\non: {github: push}\n"
                                     "debounce: {key: \"${event.ref}\", for: 2s}\n"
                                     "steps: [{key: a, type: echo, params: {n: \"${event.n}\"}}]\n"),
            201);
  const std::string first = push("d-1", "a", 1);
  const std::string last = push("d-2", "a", 2);
  EXPECT_EQ(text(verdict(first, "preview"), "outcome"), "replaced");
  EXPECT_NE(text(verdict(first, "preview"), "detail").find(last), std::string::npos);
  EXPECT_EQ(text(verdict(last, "preview"), "outcome"), "held");
  EXPECT_NE(house->run_cli({"event", "explain", last}).find("held until"), std::string::npos);
  const Value workflow = json_of(house->get("/api/workflows/preview"));
  EXPECT_EQ(find_int(&workflow.at("held"), "groups"), 1) << write_json(workflow);

  ASSERT_TRUE(has_started(last, "preview"));
  const Value run = house->wait_for_run(text(verdict(last, "preview"), "run"));
  EXPECT_EQ(text(run, "state"), "completed");
  EXPECT_EQ(find_int(&run.at("steps").as_array()[0].at("result"), "n"), 2);
  EXPECT_EQ(text(run, "deliveryId"), last);
  const Value all = json_of(house->get("/api/runs?workflow=preview"));
  EXPECT_EQ(all.at("items").as_array().size(), 1u);
}

TEST_F(Held, ABatchSurvivesTheDispatcherThatTookItIn) {
  ASSERT_EQ(house->register_workflow(
                "name: digest\non: {github: push}\nbatch: {key: \"${event.ref}\", size: 3, for: 4s}\n"
                "steps: [{key: a, type: echo, params: {n: \"${event.events.*.n}\"}}]\n"
                "outputs: {n: \"${steps.a.result.n}\", count: \"${event.count}\"}\n"),
            201);
  std::vector<std::string> full;
  for (int i = 1; i <= 3; ++i) full.push_back(push("b-" + std::to_string(i), "b", i));
  const std::string alone = push("b-4", "b", 4);
  auto replica = house->make_replica();
  house->dispatcher().signal(SIGKILL);
  house->move_to(std::move(replica));
  ASSERT_TRUE(house->wait_until_ready());

  ASSERT_TRUE(has_started(full[0], "digest"));
  ASSERT_TRUE(has_started(alone, "digest"));
  const std::string id = text(verdict(full[0], "digest"), "run");
  for (const std::string& one : full) EXPECT_EQ(text(verdict(one, "digest"), "run"), id);
  const Value run = house->wait_for_run(id);
  EXPECT_EQ(write_json(run.at("outputs")), R"({"n":[1,2,3],"count":3})");
  const Value rest = house->wait_for_run(text(verdict(alone, "digest"), "run"));
  EXPECT_EQ(write_json(rest.at("outputs")), R"({"n":[4],"count":1})");
  const Value batch = json_of(house->get("/api/deliveries/" + text(run, "deliveryId")));
  EXPECT_EQ(text(batch, "event"), "batch");
  EXPECT_EQ(house->post("/api/deliveries/" + text(run, "deliveryId") + "/replay", "{}").status, 409);
  const std::string verified = house->run_cli({"log", "verify"});
  EXPECT_NE(verified.find(", 0 problems"), std::string::npos) << verified;
}

TEST_F(Held, ABackfillRunsWhatCameBeforeOnceAndInItsOrder) {
  const auto deployed = [&](const std::string& id, int number) {
    const auto answer = house->deliver("deployment", id, R"({"n":)" + std::to_string(number) + "}");
    EXPECT_EQ(answer.status, 202) << answer.body;
    return text(json_of(answer), "deliveryId");
  };
  const std::string first = deployed("c-1", 1);
  deployed("c-2", 2);
  deployed("c-3", 3);
  ASSERT_EQ(
      house->register_workflow("name: late\non: {github: {events: deployment, if: \"${event.n != 2}\"}}\n"
                               "steps: [{key: a, type: echo, params: {n: \"${event.n}\"}}]\noutputs: {n: "
                               "\"${steps.a.result.n}\"}\n"),
      201);
  const std::string taken = deployed("c-4", 4);
  ASSERT_EQ(text(verdict(taken, "late"), "outcome"), "started");
  const std::vector<std::string> command{"workflow", "backfill",
                                         "late",     "--deliveries",
                                         "--since",  "2026-01-01T00:00:00Z",
                                         "--until",  "2100-01-01T00:00:00Z",
                                         "--source", "github",
                                         "--event",  "deployment",
                                         "--rate",   "100/s"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = command;
    all.insert(all.end(), more.begin(), more.end());
    return house->run_cli(all);
  };
  const auto count = [] {
    return json_of(house->get("/api/runs?workflow=late")).at("items").as_array().size();
  };

  const std::string preview = with({"--dry-run"});
  EXPECT_NE(preview.find("2 would start a run, 1 had one, 0 failed"), std::string::npos) << preview;
  EXPECT_NE(preview.find("event.n is 2"), std::string::npos) << preview;
  EXPECT_EQ(count(), 1u);

  const std::string made = with({});
  EXPECT_NE(made.find("2 runs started, 1 had one, 0 failed"), std::string::npos) << made;
  EXPECT_EQ(count(), 3u);
  const std::string after = with({"--dry-run"});
  EXPECT_NE(after.find("0 would start a run, 3 had one, 0 failed"), std::string::npos) << after;
  const std::string again = with({});
  EXPECT_NE(again.find("0 runs started, 3 had one, 0 failed"), std::string::npos) << again;
  const std::string named = with({"--again", "second"});
  EXPECT_NE(named.find("3 runs started, 0 had one"), std::string::npos) << named;
  EXPECT_NE(with({"--again", "second"}).find("0 runs started, 3 had one"), std::string::npos);
  EXPECT_EQ(count(), 6u);

  const Value runs = json_of(house->get("/api/runs?workflow=late"));
  std::vector<std::int64_t> numbers;  // newest first
  for (const Value& item : runs.at("items").as_array()) {
    const Value run = house->wait_for_run(text(item, "id"));
    numbers.push_back(find_int(&run.at("outputs"), "n"));
  }
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{4, 3, 1, 3, 1, 4}));
  EXPECT_TRUE(json_of(house->get("/api/deliveries/" + first)).at("verdicts").as_array().empty());
  EXPECT_EQ(house->post("/api/workflows/late/backfill", R"({"deliveries":{"since":"x"}})").status, 400);
  const auto unknown = house->post(
      "/api/workflows/late/backfill",
      R"({"deliveries":{"since":"2026-01-01T00:00:00Z","until":"2100-01-01T00:00:00Z","source":"githup"}})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.body.find("expected one of github, linear, webhook, workflow: did you mean 'github'?"),
            std::string::npos)
      << unknown.body;
}

}  // namespace
}  // namespace callboard::test
