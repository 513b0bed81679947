// A run held against another definition, and moved there.
#include <gtest/gtest.h>

#include <fstream>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

/// a, then a wait, then what stands in `tail`.
std::string workflow(std::string_view tail, std::string_view of_a = "1") {
  return "name: moves\nsteps:\n  - {key: a, type: echo, params: {n: " + std::string(of_a) +
         "}}\n  - {key: w, type: wait, params: {signal: go}, dependsOn: [a]}\n" + std::string(tail);
}
constexpr std::string_view kOld = "  - {key: end, type: fail, params: {message: old}, dependsOn: [w]}\n";
constexpr std::string_view kNew =
    "  - {key: more, type: echo, params: {n: \"${{ steps.a.result.n }}\"}, dependsOn: [w]}\n";

class Migrate : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
    ASSERT_EQ(house->register_workflow(workflow(kOld)), 201);
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::string path(const std::string& run, const std::string& what = {}) {
    return "/api/runs/" + run + what;
  }
  static Value look(const std::string& run, const std::string& at = {}) {
    return json_of(house->get(path(run, at)));
  }
  static bool is_at(const std::string& run, const std::string& state) {
    return text(look(run), "state") == state;
  }
  /// A run that waits for its signal, with a behind it.
  static std::string start() {
    const std::string run = text(json_of(house->post("/api/workflows/moves/runs", "{}")), "id");
    EXPECT_TRUE(eventually([&] {
      const Value seen = look(run);
      return text(seen.at("steps").as_array()[1], "state") == "waiting";
    }));
    return run;
  }
  static std::string start_paused() {
    const std::string run = start();
    EXPECT_EQ(house->post(path(run, "/pause"), "{}").status, 202);
    EXPECT_TRUE(eventually([&] { return is_at(run, "paused"); }));
    return run;
  }
  static RawClient::Answer migrate(const std::string& run, const std::string& definition,
                                   bool dry_run = false) {
    return house->post(path(run, "/migrate"), write_json(Object{{"to", definition}, {"dryRun", dry_run}}));
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Migrate::house;

TEST_F(Migrate, APausedRunGoesOnByTheNewDefinition) {
  const std::string run = start_paused();
  const Value before = look(run);
  const auto moved = migrate(run, workflow(kNew));
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_TRUE(json_of(moved).at("safe").as_bool());
  const Value after = look(run);
  EXPECT_EQ(text(after, "state"), "paused");
  EXPECT_NE(text(after, "hash"), text(before, "hash"));
  EXPECT_EQ(migrate(run, workflow(kNew)).status, 200) << "it is so already";

  ASSERT_EQ(house->post(path(run, "/resume"), "{}").status, 202);
  ASSERT_EQ(house->post(path(run, "/signals/go"), "{}").status, 202);
  const Value closed = house->wait_for_run(run);
  EXPECT_EQ(text(closed, "state"), "completed") << write_json(closed);
  EXPECT_EQ(find_int(&closed.at("steps").as_array()[2].at("result"), "n"), 1);

  const Value history = json_of(house->get(path(run, "/history")));
  std::string position;
  for (const Value& event : history.at("items").as_array()) {
    if (text(event, "type") == "run.paused") position = std::to_string(find_int(&event, "position"));
  }
  EXPECT_EQ(text(look(run, "?at=" + position), "hash"), text(before, "hash")) << "as it was read then";
}

TEST_F(Migrate, ARunThatWasMovedIsTakenOverByItsNewDefinition) {
  const std::string run = start_paused();
  ASSERT_EQ(migrate(run, workflow(kNew)).status, 200);
  house->move_to(house->make_replica());
  ASSERT_TRUE(house->wait_until_ready());
  ASSERT_EQ(house->post(path(run, "/resume"), "{}").status, 202);
  ASSERT_EQ(house->post(path(run, "/signals/go"), "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed");
}

TEST_F(Migrate, WhatForbidsItIsSaidAndNothingChanges) {
  const std::string run = start();
  const auto running = migrate(run, workflow(kNew));
  EXPECT_EQ(running.status, 409);
  EXPECT_NE(running.body.find("pause it first"), std::string::npos) << running.body;

  const std::string paused = start_paused();
  const std::string hash = text(look(paused), "hash");
  const auto changed = migrate(paused, workflow(kNew, "2"));
  EXPECT_EQ(changed.status, 409);
  EXPECT_NE(changed.body.find("step a: its params would be others"), std::string::npos) << changed.body;
  EXPECT_EQ(migrate(paused, "name: moves\nsteps:\n  - {key: z, type: noop}\n").status, 409);
  EXPECT_EQ(migrate(paused, "name: others\nsteps:\n  - {key: a, type: noop}\n").status, 409);
  EXPECT_EQ(migrate(paused, "name: [\n").status, 422);
  EXPECT_EQ(migrate(paused, std::string(64, 'a')).status, 404);
  EXPECT_EQ(house->post(path(paused, "/migrate"), R"({"to":1})").status, 400);
  EXPECT_EQ(house->post(path(paused, "/migrate"), R"({"at":1})").status, 400);
  EXPECT_EQ(text(look(paused), "hash"), hash);
  EXPECT_EQ(house->post(path(paused, "/cancel"), "{}").status, 202);
  ASSERT_EQ(text(house->wait_for_run(paused), "state"), "cancelled");
  const auto closed = migrate(paused, workflow(kNew));
  EXPECT_EQ(closed.status, 409);
  EXPECT_NE(closed.body.find("fork"), std::string::npos) << closed.body;
}

TEST_F(Migrate, ADryRunTellsEveryDifferenceOfAnyRunAndStoresNothing) {
  const std::string run = start();
  ASSERT_EQ(house->post(path(run, "/signals/go"), "{}").status, 202);
  ASSERT_EQ(text(house->wait_for_run(run), "state"), "failed");
  const auto told = migrate(run, workflow(kNew, "3"), true);
  ASSERT_EQ(told.status, 200) << told.body;
  const Value report = json_of(told);
  EXPECT_FALSE(report.at("safe").as_bool());
  std::string kinds;
  for (const Value& difference : report.at("differences").as_array())
    kinds += text(difference, "step") + " " + text(difference, "kind") + ", ";
  EXPECT_EQ(kinds, "end gone, more added, a input, ");
  const std::string other = text(report.at("to"), "hash");
  EXPECT_EQ(migrate(run, other, true).status, 404) << "the definition was only looked at";
}

TEST_F(Migrate, AMoveThatIsRefusedStoresNothing) {
  const std::string run = start();
  const std::string other = text(json_of(migrate(run, workflow(kNew, "4"), true)).at("to"), "hash");
  EXPECT_EQ(migrate(run, workflow(kNew, "4")).status, 409) << "it is not paused";
  EXPECT_EQ(migrate(run, other, true).status, 404);
}

TEST_F(Migrate, BulkForksWhatHasTheStepAndListsTheRest) {
  const std::string steps =
      "steps:\n  - {key: a, type: echo, params: {n: \"${ inputs.n }\"}}\n  - {key: b, type: ";
  const std::string inputs = "inputs: {n: {type: string, default: x}}\n";
  ASSERT_EQ(house->register_workflow("name: forks\n" + inputs + steps + "fail, params: {message: no}}\n"),
            201);
  for (int i = 0; i < 2; ++i) {
    const std::string run = text(json_of(house->post("/api/workflows/forks/runs", "{}")), "id");
    ASSERT_EQ(text(house->wait_for_run(run), "state"), "failed");
  }
  const auto bulk = [](const std::string& rest) {
    return ask(house->port(), "POST", "/api/bulk",
               "Content-Type: application/json\r\nIdempotency-Key: bulk-fork\r\n",
               R"({"action":"fork","filter":{"workflow":"forks","state":"failed"},)" + rest + "}");
  };
  EXPECT_EQ(bulk(R"("dryRun":true)").status, 400) << "from is missing";
  const Value planned = json_of(bulk(R"("from":"b","dryRun":true)"));
  EXPECT_EQ(find_int(&planned, "accepted"), 2);
  const Value none = json_of(bulk(R"("from":"nosuch")"));
  EXPECT_EQ(find_int(&none, "accepted"), 0);
  EXPECT_EQ(none.at("refused").as_array().size(), 2u);
  EXPECT_EQ(bulk(R"("from":"b","definition":"name: forks\nsteps: 7\n")").status, 422)
      << "one answer for all of them";
  const std::string fixed = write_json(Value("name: forks\n" + inputs + steps + "noop}\n"));
  for (int i = 0; i < 2; ++i) {  // the second time under the same key: the same forks
    const Value forked = json_of(bulk(R"("from":"b","definition":)" + fixed));
    EXPECT_EQ(find_int(&forked, "accepted"), 2) << write_json(forked);
  }
  ASSERT_TRUE(eventually([&] {
    const Value page = json_of(house->get("/api/runs?workflow=forks&state=completed"));
    return page.at("items").as_array().size() == 2;
  }));
}

TEST_F(Migrate, BulkMovesWhatCanBeMovedAndListsTheRest) {
  ASSERT_EQ(house->register_workflow("name: many\nsteps:\n  - {key: w, type: wait, params: {signal: go}}\n"),
            201);
  const std::string run = text(json_of(house->post("/api/workflows/many/runs", "{}")), "id");
  const std::string stays = text(json_of(house->post("/api/workflows/many/runs", "{}")), "id");
  ASSERT_EQ(house->post(path(run, "/pause"), "{}").status, 202);
  ASSERT_TRUE(eventually([&] { return is_at(run, "paused"); }));
  ASSERT_EQ(house->register_workflow("name: many\nsteps:\n  - {key: w, type: wait, params: {signal: go}}\n"
                                     "  - {key: more, type: noop}\n"),
            201);
  const std::string body = R"({"action":"migrate","filter":{"workflow":"many"},"dryRun":)";
  const Value checked = json_of(house->post("/api/bulk", body + "true}"));
  EXPECT_EQ(find_int(&checked, "accepted"), 2) << "the history of both allows it";
  const Value moved = json_of(house->post("/api/bulk", body + "false}"));
  EXPECT_EQ(find_int(&moved, "accepted"), 1);
  ASSERT_EQ(moved.at("refused").as_array().size(), 1u);
  EXPECT_EQ(text(moved.at("refused").as_array()[0], "id"), stays);
  const auto steps_of = [](const std::string& of) { return look(of).at("steps").as_array().size(); };
  EXPECT_EQ(steps_of(run), 2u);
  EXPECT_EQ(steps_of(stays), 1u);
}

TEST_F(Migrate, TheCommandLineReplaysAndMigrates) {
  const std::string run = start_paused();
  const auto file = house->folder() / "new.yaml";
  std::ofstream(file) << workflow(kNew);
  EXPECT_NE(house->run_cli({"log", "replay", run}).find("no difference"), std::string::npos);
  const std::string told = house->run_cli({"log", "replay", run, "--definition", file.string()});
  EXPECT_NE(told.find("end: it has not begun"), std::string::npos) << told;
  EXPECT_NE(told.find("allows"), std::string::npos) << told;
  const auto limited = house->folder() / "limited.yaml";
  std::ofstream(limited) << "concurrency: {group: g}\ntimeout: 1h\n" << workflow(kOld);
  const std::string parts =
      house->run_cli({"workflow", "migrate", run, "--to", limited.string(), "--dry-run"});
  EXPECT_EQ(parts.find("no difference"), std::string::npos) << parts;
  EXPECT_NE(parts.find(R"(+ concurrency  {"group":"g"})"), std::string::npos) << parts;
  EXPECT_NE(parts.find(R"(+ timeout  "1h")"), std::string::npos) << parts;
  const std::string moved = house->run_cli({"workflow", "migrate", run, "--to", file.string()});
  EXPECT_NE(moved.find("it is moved"), std::string::npos) << moved;
  const std::string all =
      house->run_cli({"log", "replay", "--workflow", "moves", "--definition", file.string()});
  EXPECT_NE(all.find("would be accepted"), std::string::npos) << all;
}

}  // namespace
}  // namespace callboard::test
