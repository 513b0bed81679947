#include "tests/unit/worker/rig.hpp"

namespace callboard::test {
namespace {

using run::EventType;

TEST_F(JobLoopTest, AJobIsExecutedRecordedNoticedAndAcknowledged) {
  add_worker();
  publish(make_job({make_step("a", "echo", R"({"x":1})")}));

  EXPECT_EQ(outcome("a").result, R"({"x":1})");
  EXPECT_TRUE(bus_is_empty());
  EXPECT_EQ(noticed, std::vector<std::string>{"g1/a/1/result"});
  EXPECT_TRUE(outcome("a").started_at) << "a quick step carries its start";
  EXPECT_EQ(find_event("g1/a/1/started"), nullptr);
}

TEST_F(JobLoopTest, AFailedStepIsRecordedWithItsClass) {
  add_worker();
  publish(make_job({make_step("a", "fail", R"({"message":"no","class":"quota"})")}));

  EXPECT_EQ(outcome("a").error, (run::StepError{run::ErrorClass::quota, "no"}));
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, AnUnknownExecutorFailsTheStep) {
  add_worker();
  publish(make_job({make_step("a", "teleport")}));

  EXPECT_EQ(outcome("a").error.error_class, run::ErrorClass::internal);
}

TEST_F(JobLoopTest, NoMoreJobsAreFetchedThanThereAreSlots) {
  auto& worker = add_worker({}, 2);
  for (const char* key : {"a", "b", "c"}) publish(make_job({make_step(key, "manual")}));
  time.run_for(200ms);
  ASSERT_EQ(worker.manual->begun.size(), 2u);
  EXPECT_EQ(presence.busy, 2u);

  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(200ms);

  EXPECT_EQ(worker.manual->begun.size(), 3u);
}

TEST_F(JobLoopTest, AStepStillGoingAfterFiftyMillisecondsSaysStarted) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(40ms);
  EXPECT_EQ(find_event("g1/a/1/started"), nullptr);
  time.run_for(40ms);
  ASSERT_NE(find_event("g1/a/1/started"), nullptr);
  EXPECT_EQ(*run::decode_begin(find_event("g1/a/1/started")->data), worker.id);

  time.run_for(1s);
  EXPECT_EQ(presence.running, std::vector<std::string>{to_string(run) + "/g1/a/1/result"});
  worker.manual->finish(0, worker::completed(Object()));
  EXPECT_FALSE(outcome("a").started_at);
}

TEST_F(JobLoopTest, ALongStepIsRenewedAndNotDeliveredAgain) {
  auto& first = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(10ms);
  auto& second = add_worker();
  time.run_for(30s);

  EXPECT_EQ(first.manual->begun.size() + second.manual->begun.size(), 1u);
  first.manual->finish(0, worker::completed(Object()));
  EXPECT_EQ(outcome("a").type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, AStepThatTakesTooLongIsStoppedAndTimesOut) {
  auto& worker = add_worker();
  auto step = make_step("a", "manual");
  step.timeout = 2s;
  publish(make_job({step}));

  EXPECT_EQ(outcome("a").error.error_class, run::ErrorClass::timeout);
  EXPECT_TRUE(worker.manual->all[0]->stopped);
}

TEST_F(JobLoopTest, AStepThatShowsNoSignOfLifeIsStoppedAndTimesOut) {
  auto& worker = add_worker();
  auto step = make_step("a", "manual");
  step.idle_timeout = 2s;
  publish(make_job({step}));
  for (int i = 0; i < 10; ++i) {
    time.run_for(1s);
    ASSERT_EQ(worker.manual->all.size(), 1u);
    EXPECT_FALSE(worker.manual->all[0]->stopped);
    worker.manual->all[0]->call.show_life();
  }
  time.run_for(1900ms);
  EXPECT_FALSE(worker.manual->all[0]->stopped);
  time.run_for(400ms);
  EXPECT_TRUE(worker.manual->all[0]->stopped);

  EXPECT_EQ(outcome("a").error.error_class, run::ErrorClass::timeout);
  EXPECT_EQ(outcome("a").error.message, "the step showed no sign of life for 2s");
}

TEST_F(JobLoopTest, NobodyListensForSignsOfLifeWithoutAnIdleTimeout) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(20s);
  EXPECT_FALSE(worker.manual->all.at(0)->call.show_life);
  EXPECT_FALSE(worker.manual->all.at(0)->stopped);
}

TEST_F(JobLoopTest, NothingBeginsAfterTheRunsDeadline) {
  auto& worker = add_worker();
  auto job = make_job({make_step("a", "manual")});
  job.deadline = clock.now() - 1s;
  publish(job);

  EXPECT_EQ(outcome("a").error.error_class, run::ErrorClass::timeout);
  EXPECT_TRUE(worker.manual->begun.empty());
}

TEST_F(JobLoopTest, ACopyMarkedAgainIsNotExecutedWhereAResultStands) {
  append(EventType::step_completed, "g1/a/1/result", run::encode_outcome({}));
  auto& worker = add_worker();
  auto job = make_job({make_step("a", "manual")});
  job.again = true;
  publish(job);

  EXPECT_TRUE(bus_is_empty());
  EXPECT_TRUE(worker.manual->begun.empty());
  EXPECT_EQ(noticed, std::vector<std::string>{"g1/a/1/result"});
}

TEST_F(JobLoopTest, ACopyMarkedAgainIsDroppedWhileAnotherLiveWorkerHasBegun) {
  auto& other = add_worker({}, 1);
  publish(make_job({make_step("a", "manual")}));
  time.run_for(100ms);
  auto& worker = add_worker();
  auto job = make_job({make_step("a", "manual")});
  job.again = true;
  publish(job);
  time.run_for(500ms);

  EXPECT_EQ(bus.size(), 1u) << "the first copy";
  EXPECT_TRUE(worker.manual->begun.empty());
  other.manual->finish(0, worker::completed(Object()));
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, AnOldJobIsLookedUpFirst) {
  publish(make_job({make_step("a", "manual")}));
  time.run_for(2s);
  append(EventType::step_completed, "g1/a/1/result", run::encode_outcome({}));
  auto& worker = add_worker();

  EXPECT_TRUE(bus_is_empty());
  EXPECT_TRUE(worker.manual->begun.empty());
}

TEST_F(JobLoopTest, AKilledWorkersJobIsExecutedByAnother) {
  auto& victim = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(100ms);
  ASSERT_EQ(victim.manual->begun.size(), 1u);
  kill(victim);
  auto& heir = add_worker();
  ASSERT_TRUE(time.run_until([&] { return !heir.manual->begun.empty(); }, 5s));
  EXPECT_NE(find_event("g1/a/1/begun/1"), nullptr);

  heir.manual->finish(0, worker::completed(Object()));
  EXPECT_EQ(outcome("a").type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, FromTheSecondBeginOnAJobExecutesAlone) {
  append(EventType::step_begun, "g1/a/1/begun/1", run::encode_begin(Incarnation{Uuid{{99}}}));
  auto& victim = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(10ms);
  kill(victim);
  auto& worker = add_worker();
  publish(make_job({make_step("b", "manual")}));
  time.run_for(1200ms);
  publish(make_job({make_step("c", "manual")}));
  time.run_for(100ms);
  ASSERT_EQ(worker.manual->begun, std::vector<std::string>{"b"}) << "a waits to be alone, and c behind it";
  EXPECT_EQ(find_event("g1/a/1/begun/2"), nullptr) << "counted only once it begins";

  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(100ms);
  EXPECT_EQ(worker.manual->begun, (std::vector<std::string>{"b", "a"}));
  EXPECT_NE(find_event("g1/a/1/begun/2"), nullptr);
  worker.manual->finish(1, worker::completed(Object()));
  time.run_for(100ms);
  EXPECT_EQ(worker.manual->begun, (std::vector<std::string>{"b", "a", "c"}));
}

TEST_F(JobLoopTest, AWorkerThatIsNeverIdleEndsItsWorkForAJobThatWaitedLongEnoughToBeAlone) {
  append(EventType::step_begun, "g1/a/1/begun/1", run::encode_begin(Incarnation{Uuid{{99}}}));
  auto& victim = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(10ms);
  kill(victim);
  auto& worker = add_worker();
  const auto has_begun = [&] { return find_event("g1/a/1/begun/2") != nullptr; };
  std::size_t finished = 0;
  for (int i = 0; i < 60 && !has_begun(); ++i) {  // two of them at any time
    publish(make_job({make_step("long" + std::to_string(i), "manual")}));
    time.run_for(2s);
    if (worker.manual->begun.size() > finished + 1)
      worker.manual->finish(finished++, worker::completed(Object()));
  }
  while (finished < worker.manual->begun.size() && !has_begun()) {
    worker.manual->finish(finished++, worker::completed(Object()));
    time.run_for(100ms);
  }

  EXPECT_TRUE(has_begun());
  EXPECT_EQ(worker.manual->begun.back(), "a");
  EXPECT_LT(worker.manual->begun.size(), 40u) << "nothing else began while it waited for good";
}

TEST_F(JobLoopTest, AJobThatKillsEveryWorkerIsLostAndItsNeighbourIsNot) {
  publish(make_job({make_step("poison", "manual")}));
  publish(make_job({make_step("good", "noop", R"({"for":"300ms"})")}));
  for (int life = 0; life < 12 && find_event("g1/poison/1/result") == nullptr; ++life) {
    auto& worker = add_worker();
    const auto takes_poison = [&] {
      return !worker.manual->begun.empty() || find_event("g1/poison/1/result") != nullptr;
    };
    ASSERT_TRUE(time.run_until(takes_poison, 30s));
    if (!worker.manual->begun.empty()) kill(worker);
  }
  add_worker();

  EXPECT_EQ(outcome("poison").type, EventType::step_lost);
  EXPECT_EQ(find_event("g1/poison/1/begun/5"), nullptr);
  EXPECT_EQ(outcome("good").type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty(10s));
}

TEST_F(JobLoopTest, AnEffectOnceSaysStartedBeforeItBegins) {
  auto& worker = add_worker();
  worker.fate.after = 300ms;
  publish(make_job({make_step("a", "manual", "{}", run::Effect::once)}));
  ASSERT_TRUE(time.run_until([&] { return find_event("g1/a/1/started") != nullptr; }, 1s));
  EXPECT_TRUE(worker.manual->begun.empty()) << "not before the log has answered";
  time.run_for(400ms);
  EXPECT_EQ(worker.manual->begun.size(), 1u);
}

TEST_F(JobLoopTest, AnEffectOnceBegunByALiveWorkerComesBackAndIsLostOnceThatIsDead) {
  auto& first = add_worker({}, 1);
  const auto job = make_job({make_step("a", "manual", "{}", run::Effect::once)});
  publish(job);
  time.run_for(100ms);
  ASSERT_EQ(first.manual->begun.size(), 1u);
  auto& second = add_worker();
  auto copy = job;
  copy.again = true;
  publish(copy);
  time.run_for(3s);
  EXPECT_EQ(find_event("g1/a/1/result"), nullptr) << "what a live worker is doing is not called lost";
  EXPECT_EQ(bus.size(), 2u);

  kill(first);

  EXPECT_EQ(outcome("a").type, EventType::step_lost);
  EXPECT_TRUE(second.manual->begun.empty());
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, WhoLosesTheKeyDropsItsWorkAndNoticesTheStoredRow) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(200ms);
  noticed.clear();
  append(EventType::step_failed, "g1/a/1/result",
         run::encode_outcome(worker::failed(run::ErrorClass::cancelled, "closed")));
  time.run_for(1500ms);

  EXPECT_TRUE(worker.manual->all[0]->stopped) << "found when the lease was renewed";
  EXPECT_TRUE(bus_is_empty());
  EXPECT_EQ(worker.jobs->busy(), 0u);
  EXPECT_EQ(outcome("a").error.message, "closed");
}

TEST_F(JobLoopTest, StoppingARunCancelsItsStepsAndNoOthers) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  auto other = make_job({make_step("b", "manual")});
  other.slice.run = RunId{Uuid{{8}}};
  publish(other);
  time.run_for(100ms);
  ears->notices().broadcast(topics::Notices::Audience::workers,
                            topics::encode_stop({run, "cancelled by ada"}));

  EXPECT_EQ(outcome("a").error, (run::StepError{run::ErrorClass::cancelled, "cancelled by ada"}));
  EXPECT_TRUE(worker.manual->all[0]->stopped);
  EXPECT_FALSE(worker.manual->all[1]->stopped);
}

TEST_F(JobLoopTest, ResultsAreHeldWhileTheDatabaseIsAway) {
  auto& worker = add_worker({}, 2);
  worker.fate.what = log::Fate::What::refused;
  worker.fate.after = 100ms;
  for (const char* key : {"a", "b", "c"}) publish(make_job({make_step(key, "echo")}));
  time.run_for(3s);
  EXPECT_EQ(worker.jobs->busy(), 2u) << "and nothing more is fetched than there are slots";
  EXPECT_TRUE(tables.events.empty());

  worker.fate = {};
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(outcome(key).type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, ALostReplyIsNoLostKey) {
  auto& worker = add_worker();
  worker.fate.what = log::Fate::What::reply_lost;
  worker.fate.after = 50ms;
  publish(make_job({make_step("a", "echo")}));
  time.run_for(300ms);
  worker.fate = {};

  EXPECT_EQ(outcome("a").type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(JobLoopTest, AWorkerWhoseLeaseLapsesGoesOnButTakesNothingNew) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(100ms);
  worker.fate.what = log::Fate::What::refused;
  worker.fate.after = 100ms;
  time.run_for(8s);
  EXPECT_FALSE(worker.manual->all[0]->stopped);
  publish(make_job({make_step("b", "manual")}));
  time.run_for(2s);
  EXPECT_EQ(worker.manual->begun.size(), 1u);

  worker.fate = {};
  ASSERT_TRUE(time.run_until([&] { return worker.manual->begun.size() == 2; }, 10s));
  worker.manual->finish(0, worker::completed(Object()));
  EXPECT_EQ(outcome("a").type, EventType::step_completed);
}

TEST_F(JobLoopTest, AJobThatCannotBeReadLeavesItsSlotFree) {
  auto& worker = add_worker({}, 1);
  publish_bytes("no job");
  time.run_for(100ms);
  publish(make_job({make_step("a", "manual")}));
  EXPECT_TRUE(time.run_until([&] { return worker.manual->begun.size() == 1; }, 5s));
}

TEST_F(JobLoopTest, DrainingHandsBackWhatHasNotBegunAndWaitsForTheRest) {
  auto& worker = add_worker({}, 2);
  publish(make_job({make_step("a", "manual")}));
  time.run_for(10ms);
  bool drained = false;
  worker.jobs->drain(30s, [&] { drained = true; });
  publish(make_job({make_step("b", "manual")}));
  time.run_for(2s);
  EXPECT_FALSE(drained);
  EXPECT_TRUE(presence.draining);
  EXPECT_EQ(worker.manual->begun.size(), 1u);

  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(100ms);

  EXPECT_TRUE(drained);
  EXPECT_TRUE(presence.gone);
  EXPECT_EQ(outcome("a").type, EventType::step_completed);
  EXPECT_EQ(bus.size(), 1u);
}

TEST_F(JobLoopTest, ADrainThatTakesTooLongStopsAndHandsBack) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(10ms);
  bool drained = false;
  worker.jobs->drain(3s, [&] { drained = true; });
  time.run_for(4s);

  EXPECT_TRUE(drained);
  EXPECT_TRUE(worker.manual->all[0]->stopped);
  EXPECT_EQ(find_event("g1/a/1/result"), nullptr);
  EXPECT_EQ(bus.size(), 1u);
}

TEST_F(JobLoopTest, SecretsAreFilledInAndNeverRecorded) {
  worker::Secrets secrets;
  secrets.add("TOKEN", "hunter2hunter2");
  add_worker(std::move(secrets));
  auto step = make_step("a", "echo", R"({"auth":null})");
  step.params->secrets = {{"/auth", {{"Bearer ", ""}, {"", "TOKEN"}}}};
  publish(make_job({step}));

  EXPECT_EQ(outcome("a").result, R"({"auth":"Bearer ***"})");
}

TEST_F(JobLoopTest, AJobOfPeopleFromOutsideGetsNoSecrets) {
  worker::Secrets secrets;
  secrets.add("TOKEN", "hunter2hunter2");
  add_worker(std::move(secrets));
  auto step = make_step("a", "echo", R"({"auth":null})");
  step.params->secrets = {{"/auth", {{"", "TOKEN"}}}};
  topics::Job job = make_job({step, make_step("b", "echo", R"({"n":1})")});
  job.untrusted = true;
  publish(job);

  const auto recorded = outcome("a");
  EXPECT_EQ(recorded.error.error_class, run::ErrorClass::auth);
  EXPECT_NE(recorded.error.message.find("fork"), std::string::npos);
}

TEST_F(JobLoopTest, AMissingSecretFailsTheStepByName) {
  add_worker();
  auto step = make_step("a", "echo", R"({"auth":null})");
  step.params->secrets = {{"/auth", {{"", "ABSENT"}}}};
  publish(make_job({step}));

  const auto recorded = outcome("a");
  EXPECT_EQ(recorded.error.error_class, run::ErrorClass::validation);
  EXPECT_NE(recorded.error.message.find("ABSENT"), std::string::npos);
}

}  // namespace
}  // namespace callboard::test
