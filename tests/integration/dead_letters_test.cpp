// Steps that are given up on: a job that kills every worker that takes it, and one that must not run twice.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

std::string text(const Value& value, std::string_view name) { return std::string(find_text(&value, name)); }

class DeadLetters : public testing::Test {
 protected:
  DeadLetters() {
    house_.start_servers();
    house_.start_dispatcher();
    EXPECT_TRUE(house_.wait_until_ready());
  }

  /// A worker that the steps of the test know by its process id.
  void start_worker() {
    house_.start_worker();
    const auto fresh = house_.folder() / "pid.new";
    std::ofstream(fresh) << house_.worker().pid();
    std::filesystem::rename(fresh, house_.folder() / "pid");
  }
  std::string file(const char* name) const { return (house_.folder() / name).string(); }
  std::string start(const std::string& workflow) {
    return text(json_of(house_.post("/api/workflows/" + workflow + "/runs", "{}")), "id");
  }
  Array letters(const std::string& query = {}) {
    const Value page = json_of(house_.get("/api/dead-letters" + query));
    const Value* items = find(&page, "items");
    return items != nullptr && items->is_array() ? items->get_array() : Array();
  }
  Value letter_of(const std::string& run) {
    for (const Value& letter : letters("?state=all")) {
      if (text(letter, "runId") == run) return letter;
    }
    return {};
  }
  RawClient::Answer replay(const std::string& id) {
    return house_.post("/api/dead-letters/" + id + "/replay", "{}");
  }

  House house_;
};

TEST_F(DeadLetters, AStepThatKillsItsWorkersIsSetAsideShownAndReplayed) {
  // Given a step that kills whoever executes it, until it is cured
  ASSERT_EQ(house_.register_workflow("name: poison\nsteps:\n"
                                     "  - {key: fine, type: echo, params: {}}\n"
                                     "  - key: bad\n    type: shell\n    params:\n      run: |\n"
                                     "        test -f " +
                                     file("cured") +
                                     " && exit 0\n"
                                     "        until kill -9 $(cat " +
                                     file("pid") +
                                     "); do sleep 0.1; done\n"
                                     "        sleep 60\n"),
            201);
  const std::string run = start("poison");
  for (int deaths = 0; deaths < 1 + limits::kPoisonBegins; ++deaths) {
    start_worker();
    ASSERT_EQ(house_.worker().wait(), -1);
    EXPECT_TRUE(letters("?state=all").empty()) << "after " << deaths << " deaths";
  }
  start_worker();
  ASSERT_EQ(text(house_.wait_for_run(run), "state"), "failed");

  // Then it is listed with its reason and its history
  const Array open = letters("?workflow=poison");
  ASSERT_EQ(open.size(), 1u);
  const Value& letter = open[0];
  const std::string id = text(letter, "id");
  EXPECT_EQ(id, run + ".g1.bad.1");
  EXPECT_EQ(text(letter, "state"), "failed");
  EXPECT_EQ(text(letter, "replay"), "retry");
  EXPECT_EQ(find_int(&letter, "begins"), limits::kPoisonBegins);
  EXPECT_GE(letter.at("workers").as_array().size(), static_cast<std::size_t>(limits::kPoisonBegins));
  EXPECT_NE(text(letter, "reason").find("begun 4 times"), std::string::npos) << write_json(letter);
  const Value shown = json_of(house_.get("/api/dead-letters/" + id));
  const auto& history = shown.at("history").as_array();
  ASSERT_GT(history.size(), static_cast<std::size_t>(limits::kPoisonBegins));
  EXPECT_EQ(text(history.back(), "type"), "step.lost");
  for (const Value& event : history) EXPECT_EQ(text(event, "step"), "bad");
  EXPECT_TRUE(letters("?workflow=another").empty());
  EXPECT_TRUE(letters("?until=2001-01-01T00:00:00Z").empty());
  EXPECT_NE(house_.run_cli({"dead-letter", "list"}).find(id), std::string::npos);
  EXPECT_NE(house_.run_cli({"dead-letter", "show", id}).find("step.begun"), std::string::npos);

  // When it is cured and replayed, by a filter
  std::ofstream(file("cured")) << "yes";
  const auto bulk = [&](const std::string& more) {
    return json_of(
        house_.post("/api/bulk", R"({"action":"replay","filter":{"workflow":"poison"})" + more + "}"));
  };
  const Value planned = bulk(R"(,"dryRun":true)");
  EXPECT_EQ(find_int(&planned, "accepted"), 1);
  EXPECT_EQ(text(letter_of(run), "state"), "failed") << "a dry run changes nothing";
  const std::string told = house_.run_cli({"dead-letter", "replay", "--workflow", "poison"});
  EXPECT_NE(told.find("1 dead letters, 1 accepted, 0 refused"), std::string::npos) << told;

  // Then the run goes on, once, and the letter is open no more
  ASSERT_TRUE(eventually([&] { return text(letter_of(run), "state") == "replayed"; }));
  const Value closed = house_.wait_for_run(run);
  EXPECT_EQ(text(closed, "state"), "completed") << write_json(closed);
  EXPECT_EQ(find_int(&closed, "generation"), 2);
  const auto again = replay(id);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(text(json_of(again), "state"), "replayed");
  const Value nothing = bulk("");
  EXPECT_EQ(find_int(&nothing, "matched"), 0);
  EXPECT_TRUE(letters().empty());
  const Value after = house_.wait_for_run(run);
  EXPECT_EQ(find_int(&after, "generation"), 2);
}

TEST_F(DeadLetters, AStepThatAsksIsReplayedByAnAnswer) {
  // Given two steps that must not run twice, whose worker is killed while they run
  ASSERT_EQ(house_.register_workflow("name: careful\nsteps:\n"
                                     "  - key: pay\n    type: shell\n    effect: once\n"
                                     "    params: {run: \"test -f " +
                                     file("cured") + " || sleep 60\"}\n"),
            201);
  start_worker();
  const std::string replayed = start("careful");
  const std::string told = start("careful");
  for (const std::string& run : {replayed, told}) {
    ASSERT_TRUE(eventually([&] {
      return house_.get("/api/runs/" + run + "/history").body.find("step.started") != std::string::npos;
    }));
  }
  house_.worker().signal(SIGKILL);
  house_.worker().wait();
  start_worker();
  ASSERT_TRUE(eventually([&] { return letters().size() == 2; }));

  const Value letter = letter_of(replayed);
  EXPECT_EQ(text(letter, "state"), "asking");
  EXPECT_EQ(text(letter, "replay"), "answer");
  const Value page = json_of(house_.get("/api/dead-letters?limit=1"));
  ASSERT_EQ(page.at("items").as_array().size(), 1u);
  const Value rest = json_of(house_.get("/api/dead-letters?limit=1&cursor=" + text(page, "next")));
  ASSERT_EQ(rest.at("items").as_array().size(), 1u);
  EXPECT_NE(text(rest.at("items").as_array()[0], "id"), text(page.at("items").as_array()[0], "id"));
  EXPECT_TRUE(rest.at("next").is_null());

  // When one is replayed, twice, and of the other somebody says that it has completed
  std::ofstream(file("cured")) << "yes";
  EXPECT_EQ(replay(text(letter, "id")).status, 202);
  const int twice = replay(text(letter, "id")).status;
  EXPECT_TRUE(twice == 202 || twice == 200) << twice;
  EXPECT_EQ(house_.post("/api/runs/" + told + "/steps/pay/answer", R"({"answer":"complete"})").status, 202);

  // Then it has run once more, and what has completed can't be replayed
  const Value closed = house_.wait_for_run(replayed);
  EXPECT_EQ(text(closed, "state"), "completed") << write_json(closed);
  EXPECT_EQ(find_int(&closed.at("steps").as_array()[0], "attempts"), 2);
  EXPECT_EQ(text(letter_of(replayed), "state"), "retried");
  ASSERT_EQ(text(house_.wait_for_run(told), "state"), "completed");
  const auto refused = replay(text(letter_of(told), "id"));
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(text(letter_of(told), "state"), "answered");
  const Value bulk = json_of(house_.post("/api/bulk", R"({"action":"replay","filter":{}})"));
  EXPECT_EQ(find_int(&bulk, "matched"), 0) << "none is open: " << write_json(bulk);
  EXPECT_NE(json_of(house_.get("/api/dead-letters/" + told + ".g1.pay.1")).at("history").as_array().size(),
            0u);
}

TEST_F(DeadLetters, ARunThatCantBeFoldedIsShownWithItsReason) {
  ASSERT_EQ(house_.register_workflow("name: waits\nsteps: [{key: w, type: wait, params: {signal: go}}]\n"),
            201);
  const std::string run = start("waits");
  // Given an outcome of a step that its workflow does not have
  house_.postgres().run("callboard", "insert into event (run_id, key, writer, type, data) values ('" + run +
                                         "', 'g1/nobody/1/result', 1, 24, "
                                         R"('{"v":1,"error":{"class":"lost","message":"gone"}}'))");
  // Then the run says why it is set aside, and is found among the dead letters
  const Value shown = json_of(house_.get("/api/runs/" + run));
  ASSERT_EQ(shown.at("waitingFor").as_array().size(), 1u) << write_json(shown);
  const Value& reason = shown.at("waitingFor").as_array()[0];
  EXPECT_EQ(text(reason, "kind"), "set_aside");
  EXPECT_NE(text(reason, "detail").find("nobody"), std::string::npos) << write_json(reason);
  EXPECT_NE(house_.run_cli({"workflow", "why", run}).find("set aside"), std::string::npos);
  const Array open = letters();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(text(open[0], "state"), "unreadable");
  EXPECT_EQ(text(open[0], "reason"), "gone");
  const std::string id = text(open[0], "id");
  EXPECT_EQ(json_of(house_.get("/api/dead-letters/" + id)).at("history").as_array().size(), 1u);
  EXPECT_EQ(replay(id).status, 409);
}

TEST_F(DeadLetters, WhatIsNoneIsRefusedAndNothingChanges) {
  ASSERT_EQ(house_.register_workflow("name: fine\nsteps: [{key: a, type: echo, params: {}}]\n"), 201);
  start_worker();
  const std::string run = start("fine");
  ASSERT_EQ(text(house_.wait_for_run(run), "state"), "completed");

  for (const std::string& id :
       {std::string("nonsense"), run, run + ".g1.a.1", run + ".g1.nobody.1", run + ".g01.a.1", run + ".d.0",
        run + "%2Fg1.a.1", std::string("01939d5c-1f2a-7b3c-8d4e-5f60718293a4.g1.a.1")}) {
    EXPECT_EQ(house_.get("/api/dead-letters/" + id).status, 404) << id;
    EXPECT_EQ(replay(id).status, 404) << id;
  }
  for (const char* query : {"?state=closed", "?limit=0", "?cursor=x", "?since=yesterday", "?colour=red"}) {
    EXPECT_EQ(house_.get(std::string("/api/dead-letters") + query).status, 400) << query;
  }
  EXPECT_EQ(house_.post("/api/bulk", R"({"action":"replay","filter":{"state":"failed"}})").status, 400);
  EXPECT_EQ(house_.post("/api/bulk", R"({"action":"replay","filter":{},"cursor":"x"})").status, 400);
  const Value after = house_.wait_for_run(run);
  EXPECT_EQ(find_int(&after, "generation"), 1);
}

}  // namespace
}  // namespace callboard::test
