#include <gtest/gtest.h>

#include "tests/support/scripted_worker.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using Manner = ScriptedWorker::Manner;

struct Lone {
  explicit Lone(SimHouse& house, log::Fates fates = {}) : dispatcher(house, 1, std::move(fates)) {
    house.time.run_until([&] { return dispatcher.engine().counts().partitions == limits::kPartitions; }, 5s);
  }
  SimDispatcher dispatcher;
};

TEST(EngineFaults, FindsAResultWhoseNoticeWasLost) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::mute}; });
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(1s);
  EXPECT_FALSE(house.is_closed(run));
  house.time.run_for(3s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  EXPECT_EQ(worker.jobs.size(), 1u);
}

TEST(EngineFaults, ALineThatFailedHasNothingLeftToPublishThoughItsNoticeWasLost) {
  SimHouse house;
  house.define(make_graph(
      "line", {make_step("a"), make_step("b", "noop", {0}), make_step("nap", "sleep", {}, R"({"for":30})")}));
  SimDispatcher dispatcher(house, 1);
  run::Outcome failed;
  failed.type = run::EventType::step_failed;
  failed.error = {run::ErrorClass::exit, "no luck"};
  ScriptedWorker worker(house, 2, 4, [&](const std::string&, std::uint32_t) {
    return ScriptedWorker::Answer{ScriptedWorker::Manner::mute, failed};
  });
  house.time.run_for(2s);
  const RunId run = dispatcher.start_run("line");
  house.time.run_for(500ms);
  ASSERT_EQ(worker.jobs.size(), 1u);
  ASSERT_EQ(worker.jobs.front().slice.steps.size(), 2u);

  dispatcher.signal(run, "anything");  // the run is folded anew, with the failure in it

  house.time.run_for(20s);
  EXPECT_EQ(worker.jobs.size(), 1u) << "the step behind the failed one";
  ASSERT_TRUE(house.time.run_until([&] { return house.is_closed(run); }, 30s));
  EXPECT_EQ(house.phase_of(run), run::RunPhase::failed);
}

TEST(EngineFaults, PublishesNothingTwiceWhileTheBusHoldsIt) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(60s);
  EXPECT_EQ(house.bus.size(), 1u);
  EXPECT_EQ(lone.dispatcher.engine().counts().jobs_published, 1u);
  EXPECT_EQ(lone.dispatcher.engine().find_reasons(run)->front().kind, "no_worker");
  EXPECT_LT(lone.dispatcher.engine().counts().overdue_reads, 30u) << "paced";
}

TEST(EngineFaults, PublishesAgainWhatAPurgedBusLost) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  std::vector<RunId> runs;
  for (int i = 0; i < 10; ++i) runs.push_back(lone.dispatcher.start_run("one"));
  house.time.run_for(200ms);
  house.bus.purge();
  ScriptedWorker worker(house, 2);
  house.time.run_for(6s);
  for (const RunId& run : runs) EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  ASSERT_EQ(worker.jobs.size(), 10u);
  for (const auto& job : worker.jobs) EXPECT_TRUE(job.again);
}

TEST(EngineFaults, PublishesAgainWhenTheStreamIsAnotherOne) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(200ms);
  house.bus.remake();
  ScriptedWorker worker(house, 2);
  house.time.run_for(6s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(EngineFaults, LooksAtOnceForWhatStoodInAStreamThatWasMadeAnew) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  const RunId lost = lone.dispatcher.start_run("one");
  house.time.run_for(200ms);
  house.bus.remake();
  ScriptedWorker worker(house, 2);
  lone.dispatcher.start_run("one");  // its receipt tells of the other stream
  house.time.run_for(800ms);
  EXPECT_EQ(house.phase_of(lost), run::RunPhase::completed);
  EXPECT_EQ(worker.jobs.size(), 2u);
}

TEST(EngineFaults, LeavesALiveWorkersStepAloneThoughTheBusLostItsJob) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(200ms);
  house.bus.purge();
  house.time.run_for(30s);
  EXPECT_EQ(worker.jobs.size(), 1u);
  worker.finish("a");
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(EngineFaults, PublishesAgainWhenTheWorkerDiedAndTheBusLostItsJob) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  auto dying = std::make_unique<ScriptedWorker>(
      house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(200ms);
  dying.reset();
  house.bus.purge();
  ScriptedWorker worker(house, 3);
  house.time.run_for(15s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
  ASSERT_EQ(worker.jobs.size(), 1u);
  EXPECT_TRUE(worker.jobs[0].again);
}

TEST(EngineFaults, WritesTheTimeOutOfASilentWorker) {
  SimHouse house;
  auto step = make_step("a");
  step.timeout = 10s;
  house.define(make_graph("one", {step}));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(15s);
  EXPECT_FALSE(house.is_closed(run)) << "the worker's own time-out comes first";
  house.time.run_for(15s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::failed);
}

TEST(EngineFaults, WritesTheQueueTimeOutOfAStepThatNobodyBegan) {
  SimHouse house;
  auto step = make_step("a");
  step.queue_timeout = 5s;
  house.define(make_graph("one", {step}));
  Lone lone(house);
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(5s);
  EXPECT_FALSE(house.is_closed(run));
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::failed);
}

TEST(EngineFaults, GoesOnOnceTheBusIsBack) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  ScriptedWorker worker(house, 2);
  house.bus.set_available(false);
  const RunId run = lone.dispatcher.start_run("one");
  house.time.run_for(10s);
  EXPECT_FALSE(house.is_closed(run));
  house.bus.set_available(true);
  house.time.run_for(5s);
  EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(EngineFaults, SurvivesLostRepliesOfTheLog) {
  SimHouse house;
  house.define(make_graph("chain", {make_step("a"), make_step("b", "noop", {0})}), false);
  SimRandom random(7);
  Lone lone(house, [&](log::CallKind) {
    log::Fate fate;
    if (random.chance(30)) fate.what = log::Fate::What::reply_lost;
    if (random.chance(20)) fate.what = log::Fate::What::refused;
    fate.after = Micros(static_cast<std::int64_t>(random.below(20'000)));
    return fate;
  });
  ScriptedWorker worker(house, 2);
  std::vector<RunId> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(lone.dispatcher.start_run("chain"));
  house.time.run_for(30s);
  for (const RunId& run : runs) EXPECT_EQ(house.phase_of(run), run::RunPhase::completed);
}

TEST(EngineFaults, SetsARunAsideThatCannotBeFoldedAndGoesOnWithTheOthers) {
  SimHouse house;
  house.define(make_graph("one", {make_step("a")}));
  Lone lone(house);
  ScriptedWorker worker(house, 2, 4, [](const auto&, auto) { return ScriptedWorker::Answer{Manner::begin}; });
  const RunId broken = lone.dispatcher.start_run("one");
  house.time.run_for(200ms);
  run::Event event;
  event.run = broken;
  event.key = "g1/unheard-of/1/result";
  event.type = run::EventType::step_completed;
  lone.dispatcher.engine().notice(event);
  EXPECT_EQ(lone.dispatcher.engine().find_reasons(broken)->front().kind, "set_aside");
  const RunId sound = lone.dispatcher.start_run("one");
  house.time.run_for(200ms);
  worker.finish("a");
  worker.finish("a");
  house.time.run_for(1s);
  EXPECT_EQ(house.phase_of(sound), run::RunPhase::completed);
  EXPECT_EQ(lone.dispatcher.engine().counts().set_aside, 1u);
}

}  // namespace
}  // namespace callboard::test
