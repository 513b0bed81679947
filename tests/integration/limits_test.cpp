// Throttles with the real programs: runs and steps begin no faster than they may, say what they wait for, and
// go on when the dispatcher that let them wait is killed.
#include <gtest/gtest.h>

#include <algorithm>

#include "shared/base/time.hpp"
#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

class Limits : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
    ASSERT_EQ(house->register_workflow("name: slow\nthrottle: {key: slow, limit: 2, per: 3s}\n"
                                       "steps: [{key: a, type: echo, params: {x: 1}}]\n"),
              201);
    for (const char* const name : {"one", "two"}) {
      ASSERT_EQ(house->register_workflow("name: " + std::string(name) +
                                         "\nsteps:\n"
                                         "  - {key: list, type: echo, params: {items: [1, 2]}}\n"
                                         "  - key: call\n"
                                         "    type: echo\n"
                                         "    forEach: \"${ steps.list.result.items }\"\n"
                                         "    params: {x: \"${ item }\"}\n"
                                         "    throttle: {key: provider-x, limit: 2, per: 2s}\n"),
                201);
    }
    ASSERT_EQ(
        house->register_workflow("name: hourly\nsteps:\n"
                                 "  - {key: a, type: noop, throttle: {key: hourly, limit: 1, per: 1h}}\n"),
        201);
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::string start(const std::string& workflow) {
    return text(json_of(house->post("/api/workflows/" + workflow + "/runs", "{}")), "id");
  }
  /// When the step that waits for a turn was told that it comes.
  static std::string turn_of(const std::string& run) {
    const Value shown = json_of(house->get("/api/runs/" + run));
    const Value* reasons = find(&shown, "waitingFor");
    if (reasons == nullptr || !reasons->is_array() || reasons->as_array().empty()) return "";
    return text(reasons->as_array()[0], "until");
  }
  /// Times of the run's events of this type.
  static void add_times(const std::string& run, std::string_view type, std::vector<Time>& out) {
    const Value history = json_of(house->get("/api/runs/" + run + "/history"));
    for (const Value& event : find(&history, "items")->as_array()) {
      if (text(event, "type") == type) out.push_back(parse_time(text(event, "at")).value_or(Time{}));
    }
  }
  static void expect_at_most(std::size_t limit, Micros per, std::vector<Time> times) {
    std::ranges::sort(times);
    for (std::size_t at = limit; at < times.size(); ++at)
      EXPECT_GE(times[at] - times[at - limit], per) << format_time(times[at]);
  }

  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Limits::house;

TEST_F(Limits, RunsWaitForTheirTurnsAndOutliveTheDispatcher) {
  std::vector<std::string> runs;
  for (int i = 0; i < 6; ++i) runs.push_back(start("slow"));
  const auto waits = [&] {
    const Value run = json_of(house->get("/api/runs/" + runs[4]));
    const Value* reasons = find(&run, "waitingFor");
    return text(run, "state") == "pending" && reasons != nullptr && reasons->is_array() &&
           !reasons->as_array().empty() && text(reasons->as_array()[0], "kind") == "throttle";
  };
  ASSERT_TRUE(eventually(waits));
  EXPECT_TRUE(
      house->run_cli({"workflow", "why", runs[4]}).contains("throttle \"slow\" (at most 2 runs in 3s)"));
  house->move_to(house->make_replica());
  ASSERT_TRUE(house->wait_until_ready());
  std::vector<Time> begins;
  for (const auto& run : runs) {
    EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed") << run;
    add_times(run, "run.admitted", begins);
  }
  ASSERT_EQ(begins.size(), 6u);
  expect_at_most(2, 3s, begins);
}

TEST_F(Limits, StepsOfTwoWorkflowsShareATurn) {
  std::vector<std::string> runs{start("one"), start("two"), start("one")};
  std::vector<Time> begins;
  for (const auto& run : runs) {
    EXPECT_EQ(text(house->wait_for_run(run), "state"), "completed") << run;
    add_times(run, "step.admitted", begins);
  }
  ASSERT_EQ(begins.size(), 6u);
  expect_at_most(2, 2s, begins);
}

TEST_F(Limits, AStepThatWaitsNoMoreHoldsUpNobody) {
  house->wait_for_run(start("hourly"));
  std::vector<std::string> runs;
  std::vector<std::string> turns;
  for (int i = 0; i < 3; ++i) {
    runs.push_back(start("hourly"));
    ASSERT_TRUE(eventually([&] { return !turn_of(runs.back()).empty(); }));
    turns.push_back(turn_of(runs.back()));
  }
  EXPECT_EQ(parse_time(turns[2]).value() - parse_time(turns[1]).value(), Micros(1h));
  ASSERT_EQ(house->post("/api/runs/" + runs[0] + "/cancel", "{}").status, 202);
  EXPECT_TRUE(eventually([&] { return turn_of(runs[1]) == turns[0]; })) << turn_of(runs[1]);
  // Another dispatcher has not seen them wait.
  house->move_to(house->make_replica());
  ASSERT_TRUE(house->wait_until_ready());
  ASSERT_EQ(house->post("/api/runs/" + runs[1] + "/pause", "{}").status, 202);
  EXPECT_TRUE(eventually([&] { return turn_of(runs[2]) == turns[0]; })) << turn_of(runs[2]);
}

TEST_F(Limits, ARetriedRunThatQueuesIsSaidToBePending) {
  ASSERT_EQ(
      house->register_workflow(
          "name: again\nconcurrency: {group: again, limit: 1}\ninputs: {fails: {type: boolean}}\nsteps:\n"
          "  - {key: a, type: fail, if: \"${ inputs.fails }\", params: {message: no}}\n"
          "  - {key: nap, type: sleep, dependsOn: [a], params: {for: 1h}}\n"),
      201);
  const auto start_with = [](std::string_view inputs) {
    return text(json_of(house->post("/api/workflows/again/runs", inputs)), "id");
  };
  const std::string failed = start_with(R"({"inputs":{"fails":true}})");
  ASSERT_EQ(text(house->wait_for_run(failed), "state"), "failed");
  const std::string holder = start_with(R"({"inputs":{"fails":false}})");
  ASSERT_TRUE(
      eventually([&] { return text(json_of(house->get("/api/runs/" + holder)), "state") == "waiting"; }));

  const auto answer = house->post("/api/runs/" + failed + "/retry", "{}");
  EXPECT_EQ(text(json_of(answer), "state"), "pending") << answer.body;

  EXPECT_EQ(house->post("/api/runs/" + failed + "/cancel", "{}").status, 202);
  EXPECT_EQ(house->post("/api/runs/" + holder + "/cancel", "{}").status, 202);
}

TEST_F(Limits, WhoHasThePlaceThatARunWaitsForIsNamed) {
  ASSERT_EQ(house->register_workflow("name: alone\nconcurrency: {group: alone, limit: 1}\n"
                                     "steps: [{key: nap, type: sleep, params: {for: 1h}}]\n"),
            201);
  const std::string holder = start("alone");
  const std::string waiting = start("alone");
  const auto why = [&] { return house->run_cli({"workflow", "why", waiting}); };
  EXPECT_TRUE(eventually([&] {
    return why().contains("group \"alone\" (at most 1 run at once), which run " + holder + " has");
  })) << why();
  const Value shown = json_of(house->get("/api/runs/" + waiting));
  EXPECT_EQ(text(shown, "state"), "pending");
  EXPECT_EQ(text(shown.at("steps").as_array()[0], "state"), "pending");
  EXPECT_TRUE(shown.at("steps").as_array()[0].at("startedAt").is_null()) << "it has not begun to sleep";
  EXPECT_TRUE(eventually([&] {
    return text(json_of(house->get("/api/runs/" + holder)), "state") == "waiting" &&
           text(json_of(house->get("/api/runs/" + holder + "?steps=false")), "state") == "waiting";
  })) << "it sleeps, and so say lists";
  EXPECT_EQ(house->post("/api/runs/" + waiting + "/cancel", "{}").status, 202);
  EXPECT_EQ(house->post("/api/runs/" + holder + "/cancel", "{}").status, 202);
  EXPECT_EQ(text(house->wait_for_run(holder), "state"), "cancelled");
}

}  // namespace
}  // namespace callboard::test
