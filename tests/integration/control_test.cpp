// What people ask of runs, and what the log gives them: pause, resume, retry, checkpoints, signals, forks,
// time travel.
#include <gtest/gtest.h>

#include <fstream>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Control : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
    const std::string flag = (house->folder() / "flag").string();
    ASSERT_EQ(
        house->register_workflow("name: gated\nsteps:\n"
                                 "  - {key: a, type: echo, params: {at: \"${{ run.attempt }}\"}}\n"
                                 "  - {key: gate, type: shell, params: {run: \"test -f " +
                                 flag +
                                 "\"}, dependsOn: [a]}\n"
                                 "  - {key: after, type: echo, params: {done: true}, dependsOn: [gate]}\n"),
        201);
    ASSERT_EQ(house->register_workflow(
                  "name: asks\nsteps:\n"
                  "  - {key: w, type: wait, params: {signal: go}}\n"
                  "  - {key: tell, type: echo, params: {by: \"${{ steps.w.result.data.by }}\"}}\n"),
              201);
    ASSERT_EQ(house->register_workflow(
                  "name: line\ninputs: {n: {type: integer, default: 1}}\nsteps:\n"
                  "  - {key: a, type: echo, params: {n: \"${{ inputs.n }}\"}}\n"
                  "  - {key: b, type: echo, params: {n: \"${{ inputs.n }}\"}, dependsOn: [a]}\n"),
              201);
    ASSERT_EQ(house->register_workflow("name: nap\nsteps:\n  - {key: a, type: sleep, params: {for: 1s}}\n"
                                       "  - {key: b, type: echo, params: {x: 1}, dependsOn: [a]}\n"),
              201);
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::string start(const std::string& workflow) {
    return text(json_of(house->post("/api/workflows/" + workflow + "/runs", "{}")), "id");
  }
  static std::string path(const std::string& run, const std::string& what = {}) {
    return "/api/runs/" + run + what;
  }
  static Value look(const std::string& run) { return json_of(house->get(path(run))); }
  static const Value& step(const Value& run, std::size_t index) { return run.at("steps").as_array()[index]; }
  static std::string reason(const Value& run) {
    const Array& reasons = run.at("waitingFor").as_array();
    return reasons.empty() ? std::string() : text(reasons.front(), "kind");
  }
  static void set_flag(bool there) {
    const auto flag = house->folder() / "flag";
    if (there) std::ofstream(flag) << "there";
    if (!there) std::filesystem::remove(flag);
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Control::house;

TEST_F(Control, APausedRunBeginsNothingUntilItIsResumed) {
  const std::string run = start("nap");
  EXPECT_EQ(house->post(path(run, "/pause"), "{}").status, 202);
  ASSERT_TRUE(eventually([&] { return text(look(run), "state") == "paused"; }));
  EXPECT_EQ(reason(look(run)), "pause");
  EXPECT_EQ(house->post(path(run, "/pause"), "{}").status, 202) << "it is so already";
  EXPECT_EQ(house->post(path(run, "/retry"), "{}").status, 409);
  EXPECT_EQ(house->post(path(run, "/resume"), "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed");
  EXPECT_EQ(house->post(path(run, "/resume"), "{}").status, 409);
  EXPECT_EQ(house->post(path(run, "/pause"), "{}").status, 409);
}

TEST_F(Control, ARetryRunsTheFailedStepsAndKeepsTheOthers) {
  set_flag(false);
  const std::string run = start("gated");
  ASSERT_EQ(text(house->wait_for_run(run), "state"), "failed");
  set_flag(true);
  const auto answer = house->post(path(run, "/retry"), "{}");
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Value closed = house->wait_for_run(run);
  EXPECT_EQ(text(closed, "state"), "completed") << write_json(closed);
  EXPECT_EQ(find_int(&closed, "generation"), 2);
  EXPECT_EQ(find_int(&step(closed, 0).at("result"), "at"), 1) << "a was not executed again";
  EXPECT_EQ(house->post(path(run, "/retry"), "{}").status, 409);
}

TEST_F(Control, TheSameRetryTwiceIsOne) {
  set_flag(false);
  const std::string run = start("gated");
  ASSERT_EQ(text(house->wait_for_run(run), "state"), "failed");
  const auto retry = [&] {
    return ask(house->port(), "POST", path(run, "/retry"),
               "Content-Type: application/json\r\nIdempotency-Key: once\r\n", "{}");
  };
  EXPECT_EQ(retry().status, 202);
  ASSERT_EQ(text(house->wait_for_run(run), "state"), "failed");
  EXPECT_EQ(retry().status, 202);
  const Value after = house->wait_for_run(run);
  EXPECT_EQ(find_int(&after, "generation"), 2);
}

TEST_F(Control, ARunGoesBackToACheckpoint) {
  const std::string run = start("line");
  const Value first = house->wait_for_run(run);
  const Value points = json_of(house->get(path(run, "/checkpoints")));
  ASSERT_EQ(points.at("items").as_array().size(), 2u);
  const std::string point = text(points.at("items").as_array()[0], "id");
  EXPECT_EQ(house->post(path(run, "/resume"), R"({"checkpointId":"1.0.none"})").status, 409);
  ASSERT_EQ(house->post(path(run, "/resume"), "{\"checkpointId\":\"" + point + "\"}").status, 202);
  const Value closed = house->wait_for_run(run);
  EXPECT_EQ(text(closed, "state"), "completed");
  EXPECT_EQ(find_int(&closed, "generation"), 2);
  EXPECT_EQ(text(step(closed, 0), "closedAt"), text(step(first, 0), "closedAt"));
  EXPECT_NE(text(step(closed, 1), "closedAt"), text(step(first, 1), "closedAt"));
}

TEST_F(Control, ASignalIsWaitedForAndOneThatComesBeforeIsKept) {
  const std::string waits = start("asks");
  ASSERT_TRUE(eventually([&] { return reason(look(waits)) == "signal"; }));
  EXPECT_EQ(house->post(path(waits, "/signals/go"), R"({"by":"ada"})").status, 202);
  EXPECT_EQ(text(step(house->wait_for_run(waits), 1).at("result"), "by"), "ada");
  EXPECT_EQ(house->post(path(waits, "/signals/go"), "{}").status, 409);
  EXPECT_EQ(house->post(path(waits, "/signals/not%20a%20name"), "{}").status, 400);

  ASSERT_EQ(house->register_workflow("name: late\nsteps:\n  - {key: nap, type: sleep, params: {for: 500ms}}\n"
                                     "  - {key: w, type: wait, params: {signal: go}, dependsOn: [nap]}\n"),
            201);
  const std::string late = start("late");
  EXPECT_EQ(house->post(path(late, "/signals/go"), "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(late), "state"), "completed");
}

TEST_F(Control, AForkKeepsWhatCameBeforeAndTakesOtherInputs) {
  const std::string run = start("line");
  house->wait_for_run(run);
  const Value plan = json_of(house->post(path(run, "/fork"), R"({"from":"b","dryRun":true})"));
  EXPECT_EQ(write_json(plan.at("keeps")), R"(["a"])");
  EXPECT_EQ(write_json(plan.at("runs")), R"(["b"])");
  const auto answer = house->post(path(run, "/fork"), R"({"from":"b","inputs":{"n":5}})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Value fork = house->wait_for_run(text(json_of(answer), "id"));
  EXPECT_EQ(text(fork, "state"), "completed") << write_json(fork);
  EXPECT_EQ(text(fork, "forkedFrom"), run);
  EXPECT_EQ(find_int(&step(fork, 0).at("result"), "n"), 1);
  EXPECT_EQ(find_int(&step(fork, 1).at("result"), "n"), 5);
  EXPECT_EQ(house->post(path(run, "/fork"), R"({"from":"nobody"})").status, 409);
  EXPECT_EQ(house->post(path(run, "/fork"), R"({"from":"b","inputs":{"n":"many"}})").status, 422);
}

TEST_F(Control, ARunIsShownAsItStoodAtAPositionOrATime) {
  const std::string run = start("line");
  const Value closed = house->wait_for_run(run);
  const Value points = json_of(house->get(path(run, "/checkpoints")));
  const Value& first = points.at("items").as_array()[0];
  const Value then = json_of(house->get(path(run, "?at=" + std::to_string(find_int(&first, "position")))));
  EXPECT_EQ(text(then, "state"), "running");
  EXPECT_EQ(text(step(then, 0), "state"), "completed");
  EXPECT_NE(text(step(then, 1), "state"), "completed");
  const Value later = json_of(house->get(path(run, "?at=" + text(closed, "closedAt"))));
  EXPECT_EQ(text(later, "state"), "completed");
  EXPECT_EQ(house->get(path(run, "?at=999999999999")).status, 409);
  EXPECT_EQ(house->get(path(run, "?at=yesterday")).status, 400);
  EXPECT_EQ(house->get(path(run, "?at=2001-01-01T00:00:00Z")).status, 404);
}

TEST_F(Control, ManyRunsAreAskedAtOnceAndThoseThatRefuseAreNamed) {
  ASSERT_EQ(house->register_workflow("name: many\nsteps: [{key: a, type: sleep, params: {for: 1h}}]\n"), 201);
  std::vector<std::string> runs;
  for (int i = 0; i < 3; ++i) runs.push_back(start("many"));
  EXPECT_EQ(house->post(path(runs[0], "/cancel"), "{}").status, 202);
  ASSERT_EQ(text(house->wait_for_run(runs[0]), "state"), "cancelled");
  const auto bulk = [&](const std::string& more) {
    return house->post("/api/bulk", R"({"action":"pause","filter":{"workflow":"many"})" + more + "}");
  };
  const Value planned = json_of(bulk(R"(,"dryRun":true)"));
  EXPECT_EQ(find_int(&planned, "matched"), 3);
  EXPECT_EQ(find_int(&planned, "accepted"), 2);
  EXPECT_EQ(text(planned.at("refused").as_array()[0], "id"), runs[0]);
  EXPECT_NE(text(look(runs[1]), "state"), "paused");
  const Value done = json_of(bulk(""));
  EXPECT_EQ(find_int(&done, "accepted"), 2) << write_json(done);
  for (int i = 1; i < 3; ++i) {
    EXPECT_TRUE(
        eventually([&] { return text(look(runs[static_cast<std::size_t>(i)]), "state") == "paused"; }));
  }
  EXPECT_EQ(house->post("/api/bulk", R"({"action":"explode","filter":{}})").status, 400);
  EXPECT_EQ(house->post("/api/bulk", R"({"action":"pause"})").status, 400);
  EXPECT_EQ(house->post("/api/bulk", R"({"action":"pause","filter":{"colour":"red"}})").status, 400);
}

TEST_F(Control, TheCommandLineSaysWhyAndWhatChanged) {
  const std::string run = start("asks");
  ASSERT_TRUE(eventually([&] { return reason(look(run)) == "signal"; }));
  EXPECT_NE(house->run_cli({"workflow", "why", run}).find("step w waits for a signal"), std::string::npos);
  house->run_cli({"workflow", "signal", run, "go", "--data", R"({"by":"ada"})"});
  const Value closed = house->wait_for_run(run);
  EXPECT_EQ(text(step(closed, 1).at("result"), "by"), "ada");
  const Value history = json_of(house->get(path(run, "/history")));
  const Array& events = history.at("items").as_array();
  const std::string first = std::to_string(find_int(&events.front(), "position"));
  const std::string last = std::to_string(find_int(&events.back(), "position"));
  const std::string changes = house->run_cli({"log", "diff", run, "--at", first, "--at", last});
  EXPECT_NE(changes.find("state: waiting -> completed"), std::string::npos) << changes;
  EXPECT_NE(house->run_cli({"workflow", "checkpoints", run}).find("1.0."), std::string::npos);
}

}  // namespace
}  // namespace callboard::test
