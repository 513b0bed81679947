#include "tests/unit/worker/rig.hpp"

namespace callboard::test {
namespace {

using run::EventType;

class UnreadableJobsTest : public JobLoopTest {};

TEST_F(UnreadableJobsTest, ForeignBytesAreDroppedAndTakeNoSlotMoreNorLess) {
  auto& worker = add_worker({}, 1);
  publish_bytes("{\"v\":1");

  EXPECT_TRUE(bus_is_empty());
  EXPECT_EQ(worker.complaints.size(), 1u);
  EXPECT_EQ(worker.jobs->counts().undecodable, 1u);
  publish(make_job({make_step("a", "manual")}));
  publish(make_job({make_step("b", "manual")}));
  time.run_for(100ms);
  EXPECT_EQ(worker.manual->begun.size(), 1u);
}

TEST_F(UnreadableJobsTest, AnAttemptWhoseJobNobodyCanReadIsGivenUpOn) {
  auto& worker = add_worker();
  publish_as(to_string(run) + "/g1/a/1/result", R"({"v":999})");
  time.run_for(500ms);
  EXPECT_EQ(find_event("g1/a/1/result"), nullptr) << "a newer worker may read it";
  EXPECT_FALSE(bus_is_empty(1ms));

  const run::Outcome lost = outcome("a");

  EXPECT_EQ(lost.type, EventType::step_lost);
  EXPECT_EQ(lost.error.error_class, run::ErrorClass::lost);
  EXPECT_NE(lost.error.message.find("can't be read"), std::string::npos) << lost.error.message;
  EXPECT_TRUE(bus_is_empty());
  EXPECT_EQ(worker.jobs->counts().undecodable, static_cast<std::uint64_t>(limits::kPoisonBegins) + 1);
}

TEST_F(UnreadableJobsTest, AnAttemptThatALiveWorkerExecutesIsNotGivenUpOn) {
  auto& worker = add_worker();
  publish(make_job({make_step("a", "manual")}));
  time.run_for(200ms);
  ASSERT_NE(find_event("g1/a/1/started"), nullptr);
  publish_as(to_string(run) + "/g1/a/1/result", R"({"v":999})");
  time.run_for(50s);
  EXPECT_EQ(find_event("g1/a/1/result"), nullptr);

  worker.manual->finish(0, {});

  EXPECT_EQ(outcome("a").type, EventType::step_completed);
  EXPECT_TRUE(bus_is_empty(30s)) << "the copy goes with the outcome";
}

}  // namespace
}  // namespace callboard::test
