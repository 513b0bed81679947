// Pauses that stand over a workflow, a source or everything: what comes in is kept and held, what has begun
// ends, and all of it goes on once they are lifted.
#include <gtest/gtest.h>

#include <fstream>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Pauses : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
    const std::string flag = (house->folder() / "flag").string();
    ASSERT_EQ(
        house->register_workflow("name: review\non: {github: [push]}\nsteps:\n"
                                 "  - {key: gate, type: shell, params: {run: \"until test -f " +
                                 flag +
                                 "; do sleep 0.05; done\"}}\n"
                                 "  - {key: after, type: echo, params: {done: true}, dependsOn: [gate]}\n"
                                 "  - {key: beside, type: echo, params: {done: true}, dependsOn: [gate]}\n"),
        201);
    ASSERT_EQ(house->register_workflow("name: deploy\nsteps: [{key: a, type: echo, params: {x: 1}}]\n"), 201);
    ASSERT_EQ(house->register_workflow("name: nap\nsteps: [{key: a, type: sleep, params: {for: 2s}}]\n"),
              201);
  }
  static void TearDownTestSuite() { house.reset(); }
  void TearDown() override {
    for (const char* scope : {R"({"scope":"workflow","name":"review"})",
                              R"({"scope":"source","name":"github"})", R"({"scope":"all"})"}) {
      EXPECT_EQ(house->post("/api/pauses/resume", scope).status, 200);
    }
  }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static Value look(const std::string& run) { return json_of(house->get("/api/runs/" + run)); }
  static bool is_in(const std::string& run, std::string_view state) {
    return text(look(run), "state") == state;
  }
  static std::string start(const std::string& workflow) {
    return text(json_of(house->post("/api/workflows/" + workflow + "/runs", "{}")), "id");
  }
  /// A webhook; the run that it started.
  static std::string deliver() {
    const Value arrived = json_of(house->deliver("push", "d-" + std::to_string(++deliveries), R"({"n":1})"));
    const Value* runs = find(&arrived, "runs");
    if (runs == nullptr || runs->as_array().size() != 1) return "none: " + write_json(arrived);
    return std::string(runs->as_array()[0].as_string());
  }
  static int pause(const std::string& body) { return house->post("/api/pauses", body).status; }
  static int resume(const std::string& body) { return house->post("/api/pauses/resume", body).status; }
  static std::string state_of_step(const std::string& run, std::size_t index) {
    return text(look(run).at("steps").as_array()[index], "state");
  }
  static void set_flag(bool there) {
    const auto flag = house->folder() / "flag";
    if (there) std::ofstream(flag) << "there";
    if (!there) std::filesystem::remove(flag);
  }

  static std::unique_ptr<House> house;
  static int deliveries;
};
std::unique_ptr<House> Pauses::house;
int Pauses::deliveries = 0;

TEST_F(Pauses, OfAWorkflowLoseNothingThatComesInAndOutliveARestart) {
  set_flag(false);
  std::vector<std::string> runs;
  for (int i = 0; i < 3; ++i) runs.push_back(deliver());
  for (const auto& run : runs) {
    ASSERT_TRUE(eventually([&] { return state_of_step(run, 0) == "running"; })) << run;
  }

  const auto answer =
      house->post("/api/pauses", R"({"scope":"workflow","name":"review","reason":"no quota"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  for (int i = 0; i < 5; ++i) runs.push_back(deliver());
  for (const auto& run : runs) ASSERT_TRUE(eventually([&] { return is_in(run, "paused"); })) << run;
  EXPECT_EQ(text(house->wait_for_run(start("deploy")), "state"), "completed") << "others go on";
  set_flag(true);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        eventually([&] { return state_of_step(runs[static_cast<std::size_t>(i)], 0) == "completed"; }));
  }

  house->start_dispatcher();
  ASSERT_TRUE(house->wait_until_ready());
  runs.push_back(deliver());
  ASSERT_TRUE(eventually([&] { return is_in(runs.back(), "paused"); }));
  for (const auto& run : runs) {
    EXPECT_TRUE(is_in(run, "paused"));
    EXPECT_NE(state_of_step(run, 1), "completed");
  }
  for (std::size_t i = 3; i < runs.size(); ++i)
    EXPECT_NE(state_of_step(runs[i], 0), "running") << "none began";

  ASSERT_EQ(resume(R"({"scope":"workflow","name":"review"})"), 200);
  for (const auto& run : runs) EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed");
}

TEST_F(Pauses, AreShownByTheRunItsLogTheHealthAndTheMetrics) {
  ASSERT_EQ(pause(R"({"scope":"workflow","name":"nap","reason":"quiet"})"), 200);
  const std::string run = start("nap");
  ASSERT_TRUE(eventually([&] { return is_in(run, "paused"); }));
  const Value shown = look(run);
  const Value& reason = shown.at("waitingFor").as_array()[0];
  EXPECT_EQ(text(reason, "kind"), "pause");
  EXPECT_TRUE(text(reason, "detail").starts_with("workflow nap is paused since 2")) << write_json(reason);
  EXPECT_TRUE(text(reason, "detail").ends_with(" by api: quiet"));
  const Value history = json_of(house->get("/api/runs/" + run + "/history"));
  const Value& paused = history.at("items").as_array()[1];
  EXPECT_EQ(text(paused, "type"), "run.paused");
  EXPECT_EQ(text(paused.at("data"), "by"), "workflow:nap");

  const Value pauses = json_of(house->get("/api/pauses"));
  ASSERT_EQ(pauses.at("items").as_array().size(), 1u);
  EXPECT_EQ(json_of(house->get("/api/pauses?limit=1")), pauses);
  EXPECT_TRUE(json_of(house->get("/api/pauses?cursor=1")).at("items").as_array().empty());
  EXPECT_EQ(house->get("/api/pauses?cursor=x").status, 400);
  EXPECT_EQ(text(pauses.at("items").as_array()[0], "reason"), "quiet");
  EXPECT_EQ(json_of(house->get("/health")).at("pauses"), pauses.at("items"));
  EXPECT_NE(house->get("/metrics").body.find("\ncallboard_pauses 1\n"), std::string::npos);
  EXPECT_NE(house->run_cli({"workflow", "why", run}).find("workflow nap is paused since"), std::string::npos);

  EXPECT_EQ(house->run_cli({"resume", "workflow", "nap"}), "workflow nap goes on\n");
  EXPECT_EQ(house->run_cli({"resume", "workflow", "nap"}), "workflow nap was not paused\n");
  EXPECT_EQ(house->run_cli({"pauses"}), "nothing is paused\n");
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed");
}

TEST_F(Pauses, OfASourceHoldWhatItStartsAndOfAllEverything) {
  set_flag(true);
  ASSERT_EQ(pause(R"({"scope":"source","name":"github"})"), 200);
  const std::string delivered = deliver();
  ASSERT_TRUE(eventually([&] { return is_in(delivered, "paused"); }));
  EXPECT_EQ(text(house->wait_for_run(start("deploy")), "state"), "completed");

  EXPECT_NE(house->run_cli({"pause", "all", "--reason", "maintenance"}).find("everything is paused since"),
            std::string::npos);
  const std::string asked = start("deploy");
  ASSERT_TRUE(eventually([&] { return is_in(asked, "paused"); }));
  ASSERT_EQ(resume(R"({"scope":"source","name":"github"})"), 200);
  ASSERT_TRUE(eventually([&] {
    return text(look(delivered).at("waitingFor").as_array()[0], "detail").starts_with("everything is paused");
  })) << "another pause holds it on";
  ASSERT_EQ(resume(R"({"scope":"all"})"), 200);
  EXPECT_EQ(text(house->wait_for_run(delivered), "state"), "completed");
  EXPECT_EQ(text(house->wait_for_run(asked), "state"), "completed");
}

TEST_F(Pauses, APersonsPauseIsThePersonsOwn) {
  const std::string run = start("nap");
  const std::string path = "/api/runs/" + run;
  ASSERT_EQ(pause(R"({"scope":"all"})"), 200);
  ASSERT_TRUE(eventually([&] { return is_in(run, "paused"); }));

  const auto refused = house->post(path + "/resume", "{}");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("everything is paused since"), std::string::npos) << refused.body;
  EXPECT_NE(refused.body.find("callboard resume all"), std::string::npos);
  EXPECT_EQ(house->post(path + "/pause", "{}").status, 202);
  ASSERT_TRUE(eventually([&] { return look(run).at("waitingFor").as_array().size() == 2; }));

  ASSERT_EQ(resume(R"({"scope":"all"})"), 200);
  ASSERT_TRUE(eventually([&] { return look(run).at("waitingFor").as_array().size() == 1; }));
  EXPECT_TRUE(is_in(run, "paused"));
  EXPECT_EQ(house->post(path + "/resume", "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed");
}

TEST_F(Pauses, ACancelReachesARunThatIsHeld) {
  ASSERT_EQ(pause(R"({"scope":"all"})"), 200);
  const std::string run = start("deploy");
  ASSERT_TRUE(eventually([&] { return is_in(run, "paused"); }));
  EXPECT_EQ(house->post("/api/runs/" + run + "/cancel", "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "cancelled");
}

TEST_F(Pauses, WhatIsNoneIsRefusedAndChangesNothing) {
  for (const char* body : {"", "[]", "{}", R"({"scope":"run"})", R"({"scope":"workflow"})",
                           R"({"scope":"all","name":"x"})", R"({"scope":"workflow","name":7})",
                           R"({"scope":"all","colour":"red"})", R"({"scope":"all","reason":1})"}) {
    EXPECT_EQ(pause(body), 400) << body;
    EXPECT_EQ(resume(body), 400) << body;
  }
  EXPECT_EQ(pause(R"({"scope":"all","reason":")" + std::string(501, 'x') + "\"}"), 400);
  EXPECT_EQ(resume(R"({"scope":"all","reason":"x"})"), 400) << "a resume has none";
  const auto workflow = house->post("/api/pauses", R"({"scope":"workflow","name":"reviwe"})");
  EXPECT_EQ(workflow.status, 404);
  EXPECT_NE(workflow.body.find("did you mean 'review'?"), std::string::npos) << workflow.body;
  const auto source = house->post("/api/pauses", R"({"scope":"source","name":"githbu"})");
  EXPECT_EQ(source.status, 404);
  EXPECT_NE(source.body.find("did you mean 'github'?"), std::string::npos) << source.body;
  EXPECT_EQ(resume(R"({"scope":"workflow","name":"reviwe"})"), 404);
  EXPECT_EQ(house->get("/api/pauses/resume").status, 405);
  EXPECT_EQ(
      ask(house->port(), "POST", "/api/pauses", "Content-Type: text/plain\r\n", R"({"scope":"all"})").status,
      415)
      << "what a web page may send";
  EXPECT_TRUE(json_of(house->get("/api/pauses")).at("items").as_array().empty());
}

TEST_F(Pauses, AreTheSameWhenTheyAreAskedForAgain) {
  const auto first = house->post("/api/pauses", R"({"scope":"all","reason":"one"})");
  const auto again = house->post("/api/pauses", R"({"scope":"all","reason":"two"})");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
}

}  // namespace
}  // namespace callboard::test
