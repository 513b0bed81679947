#include "tests/unit/worker/rig.hpp"

namespace callboard::test {
namespace {

using run::EventType;

class SegmentTest : public JobLoopTest {
 public:
  static std::vector<run::SliceStep> line(std::initializer_list<const char*> keys) {
    std::vector<run::SliceStep> steps;
    for (const char* key : keys) steps.push_back(make_step(key, "manual"));
    return steps;
  }
};

TEST_F(SegmentTest, StepsBeginOnlyBehindARecordedResult) {
  auto& worker = add_worker();
  publish(make_job(line({"a", "b"})));
  time.run_for(10ms);
  worker.fate.before = 200ms;
  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(100ms);
  EXPECT_EQ(worker.manual->begun, std::vector<std::string>{"a"});

  time.run_for(200ms);

  EXPECT_NE(find_event("g1/a/1/result"), nullptr);
  EXPECT_EQ(worker.manual->begun, (std::vector<std::string>{"a", "b"}));
}

TEST_F(SegmentTest, ALineOfQuickStepsIsOneJob) {
  add_worker();
  publish(make_job({make_step("a", "echo"), make_step("b", "echo"), make_step("c", "echo")}));

  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(outcome(key).type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty());
  EXPECT_EQ(noticed, (std::vector<std::string>{"g1/a/1/result", "g1/b/1/result", "g1/c/1/result"}));
}

TEST_F(SegmentTest, AFailureEndsTheLine) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "fail"), make_step("b", "manual")}));

  EXPECT_EQ(outcome("a").type, EventType::step_failed);
  EXPECT_TRUE(bus_is_empty());
  EXPECT_TRUE(worker.manual->begun.empty());
}

TEST_F(SegmentTest, ARedeliveryGoesOnBehindTheLastRecordedResult) {
  auto& victim = add_worker();
  publish(make_job(line({"a", "b"})));
  time.run_for(10ms);
  victim.manual->finish(0, worker::completed(Object()));
  time.run_for(10ms);
  ASSERT_EQ(victim.manual->begun.size(), 2u);
  kill(victim);
  auto& heir = add_worker();
  time.run_for(2s);

  EXPECT_EQ(heir.manual->begun, std::vector<std::string>{"b"});
  EXPECT_NE(find_event("g1/b/1/begun/1"), nullptr);
  EXPECT_EQ(find_event("g1/a/1/begun/1"), nullptr);
}

TEST_F(SegmentTest, ALineThatTakesLongerThanASegmentMayIsHandedBack) {
  auto& worker = add_worker();
  publish(make_job(line({"a", "b"})));
  time.run_for(1500ms);
  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(100ms);

  EXPECT_EQ(worker.manual->begun, (std::vector<std::string>{"a", "b"}));
  EXPECT_NE(find_event("g1/b/1/begun/1"), nullptr) << "b came by a delivery of its own";
  worker.manual->finish(1, worker::completed(Object()));
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(SegmentTest, WhoLosesAStepsKeyHandsTheLineBack) {
  auto& worker = add_worker();
  publish(make_job(line({"a", "b"})));
  time.run_for(10ms);
  append(EventType::step_completed, "g1/a/1/result", run::encode_outcome({}));
  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(100ms);
  EXPECT_EQ(worker.manual->begun, std::vector<std::string>{"a"});
  EXPECT_EQ(bus.size(), 1u) << "b has no outcome: the job is not acknowledged";

  time.run_for(2s);

  EXPECT_EQ(worker.manual->begun, (std::vector<std::string>{"a", "b"}));
}

TEST_F(SegmentTest, AStopBetweenTwoStepsCancelsTheSecond) {
  auto& worker = add_worker();
  publish(make_job(line({"a", "b"})));
  time.run_for(10ms);
  worker.fate.before = 200ms;
  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(50ms);
  ears->notices().broadcast(topics::Notices::Audience::workers, topics::encode_stop({run, "enough"}));

  EXPECT_EQ(outcome("b").error, (run::StepError{run::ErrorClass::cancelled, "enough"}));
  EXPECT_EQ(worker.manual->begun, std::vector<std::string>{"a"});
  EXPECT_TRUE(bus_is_empty());
}

TEST_F(SegmentTest, DrainingFinishesTheStepAtHandAndHandsBackTheRest) {
  auto& worker = add_worker();
  publish(make_job(line({"a", "b"})));
  time.run_for(10ms);
  bool drained = false;
  worker.jobs->drain(30s, [&] { drained = true; });
  worker.manual->finish(0, worker::completed(Object()));
  time.run_for(100ms);

  EXPECT_TRUE(drained);
  EXPECT_EQ(worker.manual->begun, std::vector<std::string>{"a"});
  EXPECT_EQ(bus.size(), 1u);
}

TEST_F(SegmentTest, LaterParamsReadEarlierResults) {
  add_worker();
  auto second = make_step("b", "echo");
  second.params.reset();
  second.source = R"({"from":"${ steps.a.result.x }"})";
  auto job = make_job({make_step("a", "echo", R"({"x":5})"), second});
  job.slice.contexts = "{}";
  publish(job);

  EXPECT_EQ(outcome("b").result, R"({"from":5})");
}

}  // namespace
}  // namespace callboard::test
