// What may fail while a dispatcher and a worker run, with real processes and real signals.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

std::string text(const Value& value, std::string_view name) { return std::string(find_text(&value, name)); }

TEST(Fault, AWorkerKilledInTheMiddleOfAStep) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: slow\nsteps: [{key: a, type: noop, params: {for: 2s}}]\n"), 201);
  const Value started = json_of(house.post("/api/workflows/slow/runs", "{}"));
  const std::string path = "/api/runs/" + text(started, "id");
  ASSERT_TRUE(eventually(
      [&] { return text(json_of(house.get(path)).at("steps").as_array()[0], "state") == "running"; }));
  house.worker().signal(SIGKILL);
  house.worker().wait();
  house.start_worker();
  EXPECT_EQ(text(house.wait_for_run(text(started, "id")), "state"), "completed");
}

std::size_t count_lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}

TEST(Fault, AFrozenWorkerThatWakesAfterItsLeaseRecordsNothingTwice) {
  House house;
  house.start_all();
  const auto ledger = house.folder() / "ledger";
  ASSERT_EQ(
      house.register_workflow("name: slow\nsteps:\n  - {key: a, type: shell, params: {run: \"echo begun >> " +
                              ledger.string() + "; sleep 1; echo $$\"}}\n"),
      201);
  const auto start = [&] { return text(json_of(house.post("/api/workflows/slow/runs", "{}")), "id"); };
  const std::string run = start();
  ASSERT_TRUE(eventually([&] { return count_lines(ledger) == 1; }));
  house.worker().signal(SIGSTOP);
  auto other = house.make_worker();
  const Value closed = house.wait_for_run(run);
  ASSERT_EQ(text(closed, "state"), "completed") << write_json(closed);
  EXPECT_EQ(count_lines(ledger), 2u) << "what was in flight is executed again, and nothing else";

  // When it wakes, its result has come too late, and it is a worker like any other.
  house.worker().signal(SIGCONT);
  other->signal(SIGKILL);
  other->wait();
  EXPECT_EQ(text(house.wait_for_run(start()), "state"), "completed");
  const Value after = json_of(house.get("/api/runs/" + run));
  EXPECT_EQ(write_json(after), write_json(closed));
  int ends = 0;
  const Value history = json_of(house.get("/api/runs/" + run + "/history"));
  for (const Value& event : history.at("items").as_array()) {
    const std::string type = text(event, "type");
    ends += type == "step.completed" || type == "step.failed" || type == "step.lost" ? 1 : 0;
  }
  EXPECT_EQ(ends, 1);
}

/// A step that must not run twice, whose worker was killed while it ran.
std::string lose_payment(House& house) {
  EXPECT_EQ(
      house.register_workflow("name: pay\nsteps: [{key: a, type: noop, effect: once, params: {for: 60s}}]\n"),
      201);
  const std::string id = text(json_of(house.post("/api/workflows/pay/runs", "{}")), "id");
  const std::string path = "/api/runs/" + id;
  EXPECT_TRUE(eventually(
      [&] { return text(json_of(house.get(path)).at("steps").as_array()[0], "state") == "running"; }));
  house.worker().signal(SIGKILL);
  house.worker().wait();
  house.start_worker();
  EXPECT_TRUE(eventually([&] {
    const Value run = json_of(house.get(path));
    const Array& reasons = run.at("waitingFor").as_array();
    return !reasons.empty() && text(reasons.front(), "kind") == "answer";
  }));
  return id;
}

TEST(Fault, AStepThatMustNotRunTwiceAsksWhatBecameOfIt) {
  House house;
  house.start_all();
  const std::string id = lose_payment(house);
  const std::string answers = "/api/runs/" + id + "/steps/a/answer";
  EXPECT_EQ(house.post(answers, R"({"answer":"perhaps"})").status, 400);
  EXPECT_EQ(house.post("/api/runs/" + id + "/steps/b/answer", R"({"answer":"fail"})").status, 404);
  ASSERT_EQ(house.post(answers, R"({"answer":"complete","result":{"receipt":7}})").status, 202);
  const Value run = house.wait_for_run(id);
  EXPECT_EQ(text(run, "state"), "completed");
  EXPECT_EQ(find_int(&run.at("steps").as_array()[0].at("result"), "receipt"), 7);
  EXPECT_EQ(house.post(answers, R"({"answer":"fail"})").status, 409);
}

TEST(Fault, TheDatabaseGoesAwayInTheMiddle) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: quick\non: {github: [push]}\nsteps: [{key: a, type: noop}]\n"),
            201);
  house.postgres().stop();
  EXPECT_EQ(house.deliver("push", "away", "{}").status, 503) << "after it was held in vain";

  RawClient::Answer held;
  std::jthread sender([&] { held = house.deliver("push", "held", "{}"); });
  ASSERT_TRUE(house.postgres().start());
  sender.join();
  ASSERT_EQ(held.status, 202) << held.body;
  const Value run = house.wait_for_run(std::string(json_of(held).at("runs").as_array()[0].as_string()));
  EXPECT_EQ(text(run, "state"), "completed");
  const auto again = house.deliver("push", "away", "{}");
  EXPECT_EQ(again.status, 202) << "the sender may come again";
}

TEST(Fault, TheDatabaseIsAwayWhenAStepEnds) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: slow\nsteps: [{key: a, type: noop, params: {for: 2s}}]\n"), 201);
  const Value started = json_of(house.post("/api/workflows/slow/runs", "{}"));
  const std::string path = "/api/runs/" + text(started, "id");
  ASSERT_TRUE(eventually(
      [&] { return text(json_of(house.get(path)).at("steps").as_array()[0], "state") == "running"; }));
  house.postgres().stop();
  EXPECT_EQ(house.deliver("push", "away", "{}").status, 503) << "longer away than the step takes";
  ASSERT_TRUE(house.postgres().start());
  const Value run = house.wait_for_run(text(started, "id"));
  EXPECT_EQ(text(run, "state"), "completed");
  EXPECT_EQ(find_int(&run.at("steps").as_array()[0], "attempts"), 1);
}

TEST(Fault, SigtermOfTheDispatcherInTheMiddleOfLoadLosesNothing) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: quick\non: {github: [push]}\nsteps: [{key: a, type: noop}]\n"),
            201);
  std::vector<std::string> accepted;
  std::atomic<int> count = 0;
  std::jthread load([&] {
    for (int i = 0; i < 100'000; ++i) {
      const auto answer = house.deliver("push", "load-" + std::to_string(i), "{}");
      if (answer.status != 202) break;
      accepted.emplace_back(json_of(answer).at("runs").as_array()[0].as_string());
      ++count;
    }
  });
  ASSERT_TRUE(eventually([&] { return count >= 50; }));
  house.dispatcher().signal(SIGTERM);
  EXPECT_EQ(house.dispatcher().wait(), 0);
  load.join();

  house.start_dispatcher();
  ASSERT_TRUE(house.wait_until_ready());
  for (const std::string& id : accepted) EXPECT_EQ(text(house.wait_for_run(id), "state"), "completed") << id;
}

TEST(Fault, SigtermOfTheWorkerInTheMiddleOfLoadLosesNothing) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: short\nsteps: [{key: a, type: noop, params: {for: 300ms}}]\n"),
            201);
  std::vector<std::string> runs;
  for (int i = 0; i < 200; ++i)
    runs.push_back(text(json_of(house.post("/api/workflows/short/runs", "{}")), "id"));
  ASSERT_TRUE(
      eventually([&] { return text(json_of(house.get("/api/runs/" + runs[0])), "state") == "completed"; }));
  house.worker().signal(SIGTERM);
  EXPECT_EQ(house.worker().wait(), 0);
  house.start_worker();
  for (const std::string& id : runs) {
    const Value run = house.wait_for_run(id);
    EXPECT_EQ(text(run, "state"), "completed") << id;
    EXPECT_EQ(find_int(&run.at("steps").as_array()[0], "attempts"), 1) << id;
  }
}

TEST(Fault, AKilledDispatchersRunsGoOnAfterItsRestart) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow(
                "name: slow\nsteps: [{key: a, type: noop, params: {for: 1s}}, {key: b, type: noop}]\n"),
            201);
  const Value started = json_of(house.post("/api/workflows/slow/runs", "{}"));
  house.dispatcher().signal(SIGKILL);
  house.dispatcher().wait();
  house.start_dispatcher();
  ASSERT_TRUE(house.wait_until_ready());
  EXPECT_EQ(text(house.wait_for_run(text(started, "id")), "state"), "completed");
}

}  // namespace
}  // namespace callboard::test
