// Folds stored at checkpoints: on demand, listed, used, verified, thrown away.
#include <gtest/gtest.h>

#include <csignal>

#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

constexpr std::string_view kChain = R"(name: chain
steps:
  - {key: a, type: echo, params: {n: 1}}
  - {key: b, type: echo, params: {n: "${{ steps.a.result.n }}"}}
  - {key: w, type: wait, params: {signal: go}, dependsOn: [b]}
  - {key: c, type: echo, params: {n: "${{ steps.b.result.n }}"}, dependsOn: [w]}
)";

class StoredFolds : public testing::Test {
 protected:
  StoredFolds() {
    house_.start_all();
    EXPECT_EQ(house_.register_workflow(kChain), 201);
    const Value started = json_of(house_.post("/api/workflows/chain/runs", "{}"));
    run_ = std::string(find_text(&started, "id"));
    EXPECT_TRUE(
        eventually([&] { return json_of(house_.get(path())).at("waitingFor").as_array().size() == 1; }));
  }

  struct Ended {
    int status = 0;
    std::string out;
  };
  Ended callboard(std::vector<std::string> arguments) {
    Process command(CALLBOARD_BIN "/callboard", std::move(arguments),
                    {"PATH=/usr/bin:/bin", "HOME=" + house_.folder().string(),
                     "CALLBOARD_URL=http://127.0.0.1:" + std::to_string(house_.port()),
                     "CALLBOARD_DATABASE_URL=" + house_.postgres().url("callboard")});
    std::string out = command.read_all();
    return {command.wait(), std::move(out)};
  }
  std::string path(const std::string& what = {}) const { return "/api/runs/" + run_ + what; }
  std::string sql(const std::string& text) { return house_.postgres().run("callboard", text); }
  /// What the list of checkpoints says is stored at each.
  std::string stored() {
    std::string out;
    const Value points = json_of(house_.get(path("/checkpoints")));
    for (const Value& point : points.at("items").as_array())
      out += std::string(find_text(&point, "stored")) + ";";
    return out;
  }

  House house_;
  std::string run_;
};

TEST_F(StoredFolds, AreStoredListedVerifiedUsedAndThrownAway) {
  // Given a fold stored in full, and later what changed
  EXPECT_EQ(callboard({"workflow", "checkpoints", run_, "--save", "--full"}).status, 0);
  EXPECT_EQ(stored(), ";full;");
  EXPECT_EQ(house_.post(path("/signals/go"), "null").status, 202);
  const Value closed = house_.wait_for_run(run_);
  ASSERT_EQ(find_text(&closed, "state"), "completed");
  const auto saved = house_.post(path("/checkpoints"), "{}");
  ASSERT_EQ(saved.status, 201) << saved.body;
  const Value point = json_of(saved);
  EXPECT_EQ(find_text(&point, "stored"), "changes");
  EXPECT_EQ(stored(), ";full;;changes;");
  // Then the log holds, and the run is shown from it alone
  const Ended verified = callboard({"log", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.out;
  sql("delete from event where key = 'g1/a/1/result'");
  const Value shown = json_of(house_.get(path()));
  EXPECT_EQ(find_text(&shown, "state"), "completed");
  EXPECT_EQ(shown.at("steps"), closed.at("steps"));
  // When they are thrown away
  const Ended dropped = callboard({"workflow", "checkpoints", run_, "--drop"});
  EXPECT_EQ(dropped.status, 0);
  EXPECT_TRUE(dropped.out.contains("dropped: 2")) << dropped.out;
  // Then the log is folded from its first event, which is gone
  EXPECT_NE(json_of(house_.get(path())).at("steps"), closed.at("steps"));
}

TEST_F(StoredFolds, OneThatIsDamagedIsFoundByVerifyAndDroppedByWhoeverOpensTheRun) {
  ASSERT_EQ(house_.post(path("/checkpoints"), R"({"full":true})").status, 201);
  sql("update fold set data = set_byte(data, octet_length(data) - 3, 33)");
  const Ended verified = callboard({"log", "verify"});
  EXPECT_EQ(verified.status, 1);
  EXPECT_TRUE(verified.out.contains("--drop")) << verified.out;
  EXPECT_EQ(json_of(house_.get(path())).at("steps").as_array().size(), 4u);
  EXPECT_EQ(sql("select count(*) from fold"), "0");
  EXPECT_EQ(callboard({"log", "verify"}).status, 0);
}

TEST_F(StoredFolds, OneThatDiffersFromTheLogIsFoundByVerify) {
  ASSERT_EQ(house_.post(path("/checkpoints"), R"({"full":true})").status, 201);
  sql("update event set data = convert_to(replace(convert_from(data, 'UTF8'), '\"n\":1', '\"n\":2'), 'UTF8') "
      "where key = 'g1/a/1/result'");
  const Ended verified = callboard({"log", "verify"});
  EXPECT_EQ(verified.status, 1);
  EXPECT_TRUE(verified.out.contains("no such checkpoint")) << verified.out;
}

TEST_F(StoredFolds, ARebuildDropsThem) {
  ASSERT_EQ(house_.post(path("/checkpoints"), R"({"full":true})").status, 201);
  house_.dispatcher().signal(SIGTERM);
  ASSERT_EQ(house_.dispatcher().wait(), 0);
  const Ended rebuilt = callboard({"log", "rebuild"});
  EXPECT_EQ(rebuilt.status, 0) << rebuilt.out;
  EXPECT_EQ(sql("select count(*) from fold"), "0");
}

TEST_F(StoredFolds, WhatCantBeDoneIsRefusedAndChangesNothing) {
  const std::string none = "/api/runs/01931c5e-0000-7000-8000-000000000001/checkpoints";
  EXPECT_EQ(house_.post(none, "{}").status, 404);
  EXPECT_EQ(house_.post(path("/checkpoints"), R"({"full":1})").status, 400);
  EXPECT_EQ(house_.post(path("/checkpoints"), R"({"whole":true})").status, 400);
  EXPECT_EQ(callboard({"workflow", "checkpoints", run_, "--full"}).status, 2);
  EXPECT_EQ(callboard({"workflow", "checkpoints", run_, "--save", "--drop"}).status, 2);
  EXPECT_EQ(sql("select count(*) from fold"), "0");
}

}  // namespace
}  // namespace callboard::test
