// Links with which people answer, and runs that come from forks.
#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Approvals : public testing::Test {
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
  static Value look(const std::string& run) { return json_of(house->get("/api/runs/" + run)); }
  static std::string reason(const Value& run) {
    const auto& reasons = run.at("waitingFor").as_array();
    return reasons.empty() ? "" : text(reasons[0], "kind");
  }
  static std::string start(const std::string& workflow) {
    const auto answer = house->post("/api/workflows/" + workflow + "/runs", "{}");
    EXPECT_EQ(answer.status, 201) << answer.body;
    const std::string id = text(json_of(answer), "id");
    EXPECT_TRUE(eventually([&] { return reason(look(id)) == "approval"; }));
    return id;
  }
  static std::string link_of(const std::string& run) {
    const Value found = look(run);
    return text(found.at("waitingFor").as_array().at(0), "approvalUrl");
  }
  static RawClient::Answer submit(const std::string& link, std::string_view form) {
    return ask(house->port(), "POST", link, "Content-Type: application/x-www-form-urlencoded\r\n", form);
  }
  static std::string from_fork(const std::string& id) {
    const auto answer = house->deliver(
        "pull_request", id,
        R"({"action":"opened","pull_request":{"head":{"repo":{"full_name":"mona/w"}},"base":{"repo":{"full_name":"acme/w"}}}})");
    EXPECT_EQ(answer.status, 202) << answer.body;
    const Value arrived = json_of(answer);
    return arrived.at("runs").as_array().empty() ? text(arrived, "deliveryId")
                                                 : std::string(arrived.at("runs").as_array()[0].as_string());
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Approvals::house;

TEST_F(Approvals, ALinkShowsWhatIsAskedAndItsFormAnswers) {
  ASSERT_EQ(
      house->register_workflow(
          "name: careful\nsteps:\n  - {key: ask, type: approval, timeout: 1h, params: {approvers: [ann, "
          "bob], message: \"Deploy <now>?\"}}\n"),
      201);
  const std::string run = start("careful");
  const std::string link = link_of(run);
  ASSERT_TRUE(link.starts_with("/approvals/")) << link;
  EXPECT_NE(house->run_cli({"workflow", "approve", run, "ask", "--link"}).find(link), std::string::npos);

  for (int i = 0; i < 3; ++i) {
    const auto page = house->get(link);
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("Deploy &lt;now&gt;?"), std::string::npos) << page.body;
  }
  EXPECT_EQ(reason(look(run)), "approval") << "looking answers nothing";
  EXPECT_EQ(house->get(link + "0").status, 404);
  EXPECT_EQ(submit(link, "answer=approve&by=eve").status, 403);
  EXPECT_EQ(submit(link, "by=ann").status, 400);
  EXPECT_EQ(ask(house->port(), "POST", link,
                "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://evil.example\r\n",
                "answer=approve&by=ann")
                .status,
            403);
  EXPECT_EQ(house->post(link, R"({"answer":"approve"})").status, 415);

  const auto said = submit(link, "answer=approve&by=ann&comment=go");
  EXPECT_EQ(said.status, 200) << said.body;
  const Value closed = house->wait_for_run(run);
  EXPECT_EQ(text(closed, "state"), "completed");
  EXPECT_EQ(write_json(closed.at("steps").as_array()[0].at("result").at("by")), R"(["ann"])");
  EXPECT_EQ(house->get(link).status, 410);
  EXPECT_EQ(submit(link, "answer=approve&by=ann").status, 200) << "the same answer again";
  EXPECT_EQ(submit(link, "answer=reject&by=bob").status, 410);
}

TEST_F(Approvals, BehindAnIfAndWhileTheRunCancelsPeopleAnswerAsElsewhere) {
  ASSERT_EQ(house->register_workflow(
                "name: asks-twice\non: {github: issues.opened}\nsteps:\n"
                "  - {key: first, type: approval, if: event.issue.number == 7, params: {approvers: "
                "[\"${ event.issue.user }\"]}}\n"
                "  - {key: nap, type: sleep, dependsOn: first, params: {for: 1h}}\n"
                "finally: [{key: last, type: approval}]\n"),
            201);
  const Value arrived =
      json_of(house->deliver("issues", "asks-1", R"({"action":"opened","issue":{"number":7,"user":"ann"}})"));
  const std::string run(arrived.at("runs").as_array().at(0).as_string());
  const auto approve = [&](const std::string& step, const std::string& by) {
    return house->post("/api/runs/" + run + "/steps/" + step + "/approval",
                       R"({"approve":true,"by":")" + by + "\"}");
  };
  const auto state_of = [&](std::size_t step) {
    return text(look(run).at("steps").as_array()[step], "state");
  };
  ASSERT_TRUE(eventually([&] { return state_of(0) == "waiting"; }));
  EXPECT_EQ(reason(look(run)), "approval");
  EXPECT_EQ(approve("first", "bob").status, 403);
  EXPECT_EQ(approve("last", "ann").status, 409);
  EXPECT_EQ(approve("first", "ann").status, 202);
  ASSERT_TRUE(eventually([&] { return state_of(1) == "waiting"; }));
  EXPECT_EQ(house->post("/api/runs/" + run + "/cancel", "{}").status, 202);
  ASSERT_TRUE(eventually([&] { return state_of(2) == "waiting"; }));
  EXPECT_EQ(state_of(1), "cancelled") << "as what cleans up reads it";
  const auto last = approve("last", "ann");
  EXPECT_EQ(last.status, 202) << last.body;
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "cancelled");
}

TEST_F(Approvals, ARunFromAForkBeginsOnceAPersonHasApprovedIt) {
  ASSERT_EQ(
      house->register_workflow("name: outside\non: {github: {events: pull_request.opened, forks: approve}}\n"
                               "concurrency: prs\nsteps: [{key: a, type: echo, params: {x: 1}}]\n"),
      201);
  const std::string run = from_fork("f-1");
  ASSERT_TRUE(eventually([&] { return reason(look(run)) == "approval"; }));
  EXPECT_EQ(text(look(run), "state"), "waiting");
  EXPECT_EQ(text(look(run).at("steps").as_array()[0], "state"), "pending");
  EXPECT_TRUE(look(run).at("steps").as_array()[0].at("startedAt").is_null());
  EXPECT_TRUE(eventually([&] {
    const Value listed = json_of(house->get("/api/runs?workflow=outside"));
    return text(listed.at("items").as_array().at(0), "state") == "waiting";
  })) << "as in lists";
  EXPECT_NE(house->run_cli({"workflow", "why", run}).find("callboard workflow approve " + run),
            std::string::npos);
  const std::string other = from_fork("f-2");
  EXPECT_EQ(submit(link_of(other), "answer=reject&by=ann&comment=no").status, 200);
  const Value rejected = house->wait_for_run(other);
  EXPECT_EQ(text(rejected, "state"), "cancelled");
  EXPECT_EQ(text(rejected.at("error"), "message"), "the run was cancelled: rejected by ann: no");

  house->run_cli({"workflow", "approve", run, "--as", "ann"});
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed");
  const std::string history = write_json(json_of(house->get("/api/runs/" + run + "/history")));
  EXPECT_NE(history.find("run.approved"), std::string::npos);
  EXPECT_NE(history.find(R"("actor":"ann")"), std::string::npos) << history;
  EXPECT_EQ(house->post("/api/runs/" + run + "/approval", R"({"approve":true})").status, 409);
  const std::string verified = house->run_cli({"log", "verify"});
  EXPECT_NE(verified.find(", 0 problems"), std::string::npos) << verified;
}

TEST_F(Approvals, WhatIsRefusedStartsNothing) {
  ASSERT_EQ(house->register_workflow("name: closed\non: {github: {events: issues, forks: refuse}}\n"
                                     "steps: [{type: noop}]\n"),
            201);
  ASSERT_EQ(house->register_workflow(
                "name: closed\non: {github: {events: pull_request, forks: refuse}}\nsteps: [{type: noop}]\n"),
            201);
  ASSERT_EQ(house->register_workflow("name: outside\non: {manual: true}\nsteps: [{type: noop}]\n"), 201);
  const Value delivery = json_of(house->get("/api/deliveries/" + from_fork("f-3")));
  EXPECT_EQ(text(delivery.at("verdicts").as_array().at(0), "outcome"), "condition_false");
  EXPECT_EQ(text(delivery.at("verdicts").as_array().at(0), "detail"),
            "forks: it comes from a fork, and the trigger says forks: refuse");
}

}  // namespace
}  // namespace callboard::test
