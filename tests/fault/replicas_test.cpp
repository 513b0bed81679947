// Two dispatchers share the runs, and one of them is killed, or frozen for longer than its lease.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

constexpr int kRuns = 200;
constexpr std::string_view kWorkflow =
    "name: shared\nsteps:\n"
    "  - {key: a, type: noop, params: {for: 500ms}}\n"
    "  - {key: b, type: noop, params: {for: 500ms}}\n";

std::string text(const Value& value, std::string_view name) { return std::string(find_text(&value, name)); }

class Replicas : public testing::Test {
 protected:
  void SetUp() override {
    house.start_all();
    second = house.make_replica();
    ASSERT_TRUE(eventually([&] { return ask(second.port, "GET", "/ready").status == 200; }));
    ASSERT_EQ(house.register_workflow(kWorkflow), 201);
    // What is registered at one is known to the other within seconds.
    ASSERT_TRUE(
        eventually([&] { return ask(second.port, "GET", "/api/workflows").body.contains("\"shared\""); }));
  }

  /// Starts run number `i` through a dispatcher; its id, or empty if nobody answers there.
  std::string start_run(std::uint16_t port, int i) const {
    const std::string body = R"({"idempotencyKey":"run-)" + std::to_string(i) + "\"}";
    const auto answer =
        ask(port, "POST", "/api/workflows/shared/runs", "Content-Type: application/json\r\n", body);
    return answer.status / 100 == 2 ? text(json_of(answer), "id") : std::string();
  }

  bool is_completed(const std::string& run) {
    return text(json_of(house.get("/api/runs/" + run)), "state") == "completed";
  }

  /// How often the log of a run tells each kind of event of each step.
  std::map<std::string, int> count_events(const std::string& run) {
    std::map<std::string, int> counts;
    const Value history = json_of(house.get("/api/runs/" + run + "/history"));
    for (const Value& event : history.at("items").as_array())
      ++counts[text(event, "type") + " " + text(event, "step")];
    return counts;
  }

  void expect_ended_once(const std::string& id) {
    const Value run = house.wait_for_run(id);
    ASSERT_EQ(text(run, "state"), "completed") << write_json(run);
    for (const Value& step : run.at("steps").as_array()) EXPECT_EQ(find_int(&step, "attempts"), 1) << id;
    auto counts = count_events(id);
    for (const char* once : {"run.created ", "step.completed a", "step.completed b", "run.completed "})
      EXPECT_EQ(counts[once], 1) << id << " " << once;
  }

  House house;
  House::Replica second;
};

TEST_F(Replicas, TheRunsOfAKilledDispatcherEndOnceAtTheOther) {
  std::set<std::string> runs;
  std::string last;
  for (int i = 0; i < kRuns; ++i) {
    if (i == kRuns / 2) {
      ASSERT_TRUE(eventually([&] { return is_completed(*runs.begin()); }));
      ASSERT_FALSE(is_completed(last)) << "nothing is left to be taken over";
      house.dispatcher().signal(SIGKILL);
    }
    last = start_run(i % 2 == 0 ? house.port() : second.port, i);
    if (last.empty()) last = start_run(second.port, i);
    ASSERT_FALSE(last.empty()) << i;
    runs.insert(last);
  }
  ASSERT_EQ(runs.size(), std::size_t{kRuns});

  house.move_to(std::move(second));
  for (const std::string& id : runs) expect_ended_once(id);
}

TEST_F(Replicas, AFrozenDispatcherThatWakesAfterItsLeaseEndsNoRunTwice) {
  constexpr int kFew = 60;
  std::vector<std::string> runs;
  for (int i = 0; i < kFew; ++i) runs.push_back(start_run(i % 2 == 0 ? house.port() : second.port, i));
  house.dispatcher().signal(SIGSTOP);
  const auto is_over = [&](const std::string& run) {
    return text(json_of(ask(second.port, "GET", "/api/runs/" + run)), "state") == "completed";
  };
  EXPECT_TRUE(eventually([&] { return std::ranges::all_of(runs, is_over); }, 60));
  house.dispatcher().signal(SIGCONT);
  ASSERT_TRUE(house.wait_until_ready());
  const std::string after = start_run(house.port(), kFew);
  ASSERT_FALSE(after.empty());
  runs.push_back(after);
  for (const std::string& id : runs) expect_ended_once(id);
}

TEST_F(Replicas, BothShowEveryRun) {
  const std::string here = start_run(house.port(), 0);
  const std::string there = start_run(second.port, 1);
  for (const std::string& id : {here, there}) {
    for (const std::uint16_t port : {house.port(), second.port}) {
      const Value run = json_of(ask(port, "GET", "/api/runs/" + id + "?wait=30s"));
      EXPECT_EQ(text(run, "state"), "completed") << write_json(run);
    }
  }
}

}  // namespace
}  // namespace callboard::test
