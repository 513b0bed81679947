#include <gtest/gtest.h>

#include "shared/run/fold.hpp"
#include "tests/support/scripted_worker.hpp"

// Groups of runs that exclude each other: who is at work, who follows, and what is left of it by a death.
namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Manner = ScriptedWorker::Manner;

run::Graph make_grouped(std::string name, std::uint32_t limit, run::OnExcess on_excess) {
  run::Graph graph = make_graph(std::move(name), {make_step("a")});
  graph.concurrency =
      run::Concurrency{.group = *expression::parse_text("acme/widgets", expression::Opening::dollar_brace),
                       .limit = limit,
                       .on_excess = on_excess};
  return graph;
}

struct Scene {
  Scene() {
    house.define(make_grouped("deploy", 1, run::OnExcess::queue));
    house.define(make_grouped("two", 2, run::OnExcess::queue));
    house.define(make_grouped("replace", 1, run::OnExcess::replace));
    house.define(make_grouped("reject", 1, run::OnExcess::reject));
    start(one);
  }
  void start(std::optional<SimDispatcher>& dispatcher) {
    dispatcher.emplace(house, ++last_life);
    house.time.run_until([&] { return dispatcher->engine().counts().partitions > 0; }, 10s);
  }
  RunId make(SimDispatcher& dispatcher, const std::string& workflow) {
    const RunId run = dispatcher.start_run(workflow);
    house.time.run_for(2ms);  // the next is younger
    return run;
  }
  std::vector<RunId> make(const std::string& workflow, int count) {
    std::vector<RunId> runs;
    for (int i = 0; i < count; ++i) runs.push_back(make(*one, workflow));
    house.time.run_for(50ms);
    return runs;
  }
  bool is_soon(const std::function<bool()>& holds, Micros within = 2s) {
    return house.time.run_until(holds, within);
  }
  std::string phase(const RunId& run) { return std::string(to_string(house.phase_of(run))); }
  std::string message(const RunId& run) {
    run::RunState state = run::make_state(*house.graphs.at(house.tables.heads.at(run).hash), run);
    EXPECT_TRUE(
        run::fold_all(*house.graphs.at(house.tables.heads.at(run).hash), state, house.events_of(run)));
    return state.error.message;
  }
  std::size_t places() { return house.tables.slots["acme/widgets"].size(); }

  SimHouse house;
  std::uint64_t last_life = 100;
  std::optional<SimDispatcher> one;
  std::optional<SimDispatcher> other;
};

ScriptedWorker::Script begin_all() {
  return [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; };
}

TEST(Admission, OneRunOfAGroupIsAtWorkAndTheOthersFollowByAge) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const auto runs = scene.make("deploy", 4);
  for (std::size_t at = 0; at < runs.size(); ++at) {
    ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == at + 1; })) << at;
    EXPECT_EQ(worker.jobs[at].slice.run, runs[at]);
    EXPECT_EQ(scene.places(), 1u);
    for (std::size_t later = at + 1; later < runs.size(); ++later) {
      EXPECT_EQ(scene.one->engine().find_reasons(runs[later])->front().kind, "place");
      EXPECT_EQ(scene.phase(runs[later]), "pending");
    }
    worker.finish("a");
    ASSERT_TRUE(scene.is_soon([&] { return scene.house.is_closed(runs[at]); }));
  }
  EXPECT_EQ(scene.places(), 0u);
}

TEST(Admission, AsManyAreAtWorkAsThereArePlacesWhoeverOwnsThem) {
  Scene scene;
  scene.start(scene.other);
  scene.house.time.run_for(10s);
  ASSERT_GT(scene.other->engine().counts().partitions, 0u);
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  std::vector<RunId> runs;
  for (int i = 0; i < 6; ++i) runs.push_back(scene.make(i % 2 == 0 ? *scene.one : *scene.other, "two"));
  for (std::size_t closed = 0; closed < 6; ++closed) {
    const std::size_t begun = std::min<std::size_t>(closed + 2, 6);
    ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == begun; })) << closed;
    scene.house.time.run_for(1s);
    EXPECT_EQ(worker.jobs.size(), begun);
    worker.finish("a");
    ASSERT_TRUE(scene.is_soon([&] {
      return std::ranges::count_if(runs, [&](const RunId& run) { return scene.house.is_closed(run); }) ==
             static_cast<std::ptrdiff_t>(closed) + 1;
    }));
  }
}

TEST(Admission, ThePlaceOutlivesItsOwnerAndSoDoesTheQueue) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const auto runs = scene.make("deploy", 3);
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 1; }));
  scene.one.reset();
  worker.finish("a");
  scene.house.time.run_for(3s);
  EXPECT_EQ(scene.places(), 1u);
  scene.start(scene.one);
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 2; }, 20s));
  EXPECT_EQ(worker.jobs[1].slice.run, runs[1]);
  EXPECT_TRUE(scene.house.is_closed(runs[0]));
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 3; }));
}

TEST(Admission, ANewerRunReplacesTheOlderOnesWhetherTheyWaitOrWork) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const RunId working = scene.make("deploy", 1).front();
  const RunId waiting = scene.make("deploy", 1).front();
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 1; }));
  const RunId newest = scene.make("replace", 1).front();
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(waiting) == "cancelled"; }));
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(working) == "cancelling" || !worker.stops.empty(); }));
  worker.finish("a", {.type = run::EventType::step_failed, .error = {run::ErrorClass::cancelled, "stopped"}});
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 2; }, 10s));
  EXPECT_EQ(worker.jobs[1].slice.run, newest);
  EXPECT_EQ(scene.phase(working), "cancelled");
  EXPECT_EQ(scene.message(working), "the run was cancelled: replaced by run " + to_string(newest) +
                                        ", which is newer in group \"acme/widgets\" (at most 1 run at once)");
}

TEST(Admission, ARunThatIsNotTheNewestReplacesItself) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2);
  const RunId old = scene.make("replace", 1).front();
  ASSERT_TRUE(scene.is_soon([&] { return scene.house.is_closed(old); }));
  scene.one->pause("workflow", "deploy");
  scene.house.time.run_for(100ms);
  const RunId newer = scene.make("deploy", 1).front();
  scene.one->command(old, {.name = "rewind", .actor = "somebody", .generation = 1});
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(old) == "cancelled"; }));
  EXPECT_TRUE(scene.message(old).starts_with("replaced by run " + to_string(newer)));
}

TEST(Admission, ARunThatDoesNotWaitIsCancelledAndNamesWhoHasThePlace) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const RunId holder = scene.make("deploy", 1).front();
  const RunId rejected = scene.make("reject", 1).front();
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(rejected) == "cancelled"; }));
  EXPECT_EQ(scene.message(rejected),
            "rejected: no place is free in group \"acme/widgets\" (at most 1 run at once), which run " +
                to_string(holder) + " has");
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] { return scene.house.is_closed(holder); }));
  scene.make("reject", 1);
  EXPECT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 2; }));
}

TEST(Admission, ARunThatIsPausedInTheQueueHoldsUpNobody) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const auto runs = scene.make("deploy", 3);
  scene.one->command(runs[1], {.name = "pause", .actor = "somebody"});
  scene.house.time.run_for(1s);
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 2; }));
  EXPECT_EQ(worker.jobs[1].slice.run, runs[2]);
  scene.one->command(runs[1], {.name = "resume", .actor = "somebody"});
  scene.house.time.run_for(1s);
  EXPECT_EQ(scene.one->engine().find_reasons(runs[1])->front().kind, "place");
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 3; }));
}

TEST(Admission, ARunThatIsCancelledInTheQueueHandsItsTurnOn) {
  Scene scene;
  ScriptedWorker worker(scene.house, 2, 16, begin_all());
  const auto runs = scene.make("deploy", 3);
  scene.one->cancel(runs[1]);
  ASSERT_TRUE(scene.is_soon([&] { return scene.phase(runs[1]) == "cancelled"; }));
  worker.finish("a");
  ASSERT_TRUE(scene.is_soon([&] { return worker.jobs.size() == 2; }));
  EXPECT_EQ(worker.jobs[1].slice.run, runs[2]);
}

}  // namespace
}  // namespace callboard::test
