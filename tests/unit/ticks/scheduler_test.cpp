#include "shared/value/read.hpp"
#include "tests/unit/ticks/tick_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

// Simulated time begins on 2026-01-01T01:00:00Z.
class Scheduler : public TickHouse {};

TEST_F(Scheduler, MakesARunForEachTick) {
  put(make_workflow("\"*/5 * * * *\""));
  SimServices one(house_, 1);

  run_for(16min);

  EXPECT_EQ(account(), (Lines{"01:05:00 started", "01:10:00 started", "01:15:00 started"}));
  expect_a_run_for_each_tick();
}

TEST_F(Scheduler, TwoBackfillsAtOnceShareTheirRuns) {
  put(make_workflow("{cron: \"0 * * * *\", overlap: allow}"));
  SimServices one(house_, 1);
  run_for(10s);
  std::vector<std::string> answers;
  const auto backfill = [&] {
    one.post("/api/workflows/nightly/backfill",
             R"({"schedule":{"from":"2025-12-31T20:00:00Z","until":"2025-12-31T23:59:00Z"}})",
             [&](const http::Response& response) { answers.push_back(response.body); });
  };
  backfill();
  backfill();
  run_for(30s);

  ASSERT_EQ(answers.size(), 2u);
  std::int64_t started = 0;
  for (const std::string& answer : answers) {
    const Value value = *read_json(answer);
    EXPECT_EQ(find_int(&value, "started") + find_int(&value, "existing"), 4) << answer;
    EXPECT_TRUE(answer.contains(R"("failed":[])")) << answer;
    started += find_int(&value, "started");
  }
  EXPECT_EQ(started, 4);
  EXPECT_EQ(run_count(), 4u);
}

TEST_F(Scheduler, FiresAtItsTimeAndNotLater) {
  put(make_workflow("\"*/5 * * * *\""));
  SimServices one(house_, 1);
  run_for(4min + 59s + 900ms);
  EXPECT_EQ(run_count(), 0u);
  run_for(200ms);
  EXPECT_EQ(run_count(), 1u);
}

TEST_F(Scheduler, TellsTheRunWhichTickItIs) {
  put(make_workflow("{cron: \"*/5 * * * *\", timezone: Asia/Kathmandu}"));
  SimServices one(house_, 1);

  run_for(6min);

  ASSERT_EQ(house_.tables.deliveries.size(), 1u);
  const log::Delivery& delivery = house_.tables.deliveries.begin()->second;
  EXPECT_EQ(delivery.source, "schedule");
  EXPECT_EQ(delivery.event, "tick");
  ASSERT_EQ(delivery.verdicts.size(), 1u);
  EXPECT_EQ(delivery.verdicts[0].outcome, "started");
  const auto payload = read_json(delivery.body);
  EXPECT_EQ(find_text(&*payload, "schedule"), "*/5 * * * *");
  EXPECT_EQ(find_text(&*payload, "timezone"), "Asia/Kathmandu");
  EXPECT_EQ(find_text(&*payload, "scheduledAt"), "2026-01-01T01:05:00.000000Z");
  const auto events = house_.events_of(house_.tables.heads.begin()->first);
  EXPECT_NE(events.at(0).data.find("\"source\":\"schedule\""), std::string::npos);
}

TEST_F(Scheduler, BeginsWithATimeOfItsOwnWhenItIsNew) {
  SimServices one(house_, 1);
  run_for(30min + 30s);
  put(make_workflow("{cron: \"*/5 * * * *\", catchup: all}"));
  run_for(5min);
  EXPECT_EQ(account(), (Lines{"01:35:00 started"})) << "nothing from before it was there";
}

TEST_F(Scheduler, FollowsAWorkflowThatChanges) {
  put(make_workflow("\"*/5 * * * *\""));
  SimServices one(house_, 1);
  run_for(6min);
  put(make_workflow("\"*/20 * * * *\""));
  run_for(30min);
  EXPECT_EQ(account(), (Lines{"01:05:00 started", "01:20:00 started"}));
}

TEST_F(Scheduler, EndsWithItsWorkflowAndBeginsAnewWithIt) {
  put(make_workflow("{cron: \"*/5 * * * *\", catchup: all}"));
  SimServices one(house_, 1);
  run_for(6min);
  const auto current = std::exchange(house_.tables.current, {});
  run_for(20min);
  EXPECT_EQ(account(), (Lines{"01:05:00 started"}));
  house_.tables.current = current;
  run_for(5min);
  EXPECT_EQ(account(), (Lines{"01:05:00 started", "01:30:00 started"})) << "nothing from while it was gone";
}

TEST_F(Scheduler, SkipsATickWhileTheRunBeforeIsOpen) {
  put(make_workflow("\"*/5 * * * *\"", "12m"));
  SimServices one(house_, 1);
  run_for(26min);
  EXPECT_EQ(account(), (Lines{"01:05:00 started", "01:10:00 skipped", "01:15:00 skipped", "01:20:00 started",
                              "01:25:00 skipped"}));
}

TEST_F(Scheduler, QueuesATickWhileTheRunBeforeIsOpen) {
  put(make_workflow("{cron: \"*/5 * * * *\", overlap: queue}", "12m"));
  SimServices one(house_, 1);
  run_for(26min);
  EXPECT_EQ(account(), (Lines{"01:05:00 started", "01:10:00 started", "01:15:00 waiting", "01:20:00 waiting",
                              "01:25:00 waiting"}));
  EXPECT_EQ(run_count(), 2u);
  run_for(5min);
  EXPECT_EQ(account()[2], "01:15:00 started") << "in their order";
}

TEST_F(Scheduler, StartsRunsBesideEachOtherWhereTheyMay) {
  put(make_workflow("{cron: \"*/5 * * * *\", overlap: allow}", "1h"));
  SimServices one(house_, 1);
  run_for(21min);
  EXPECT_EQ(run_count(), 4u);
}

TEST_F(Scheduler, SkipsTicksDuringAPause) {
  put(make_workflow("\"*/5 * * * *\""));
  SimServices one(house_, 1);
  run_for(6min);
  house_.tables.pauses[{"source", "schedule"}] = {"source", "schedule", now(), "ada", "quiet"};
  run_for(10min);
  house_.tables.pauses.clear();
  run_for(5min);
  EXPECT_EQ(account(),
            (Lines{"01:05:00 started", "01:10:00 skipped", "01:15:00 skipped", "01:20:00 started"}));
  EXPECT_EQ(house_.tables.ticks.begin()->second.at(now() - 11min).detail,
            "source schedule is paused by ada: quiet");
}

TEST_F(Scheduler, MakesGoodWhatItMissed) {
  put(make_workflow("\"*/5 * * * *\""));
  auto one = std::make_unique<SimServices>(house_, 1);
  run_for(6min);
  one.reset();
  run_for(1h);
  SimServices other(house_, 2);
  run_for(1min);
  EXPECT_EQ(account(), (Lines{"01:05:00 started", "02:00:00 skipped 11", "02:05:00 started caught up"}));
  expect_a_run_for_each_tick();
}

TEST_F(Scheduler, FiresHundredsAtOneTime) {
  for (int i = 0; i < 300; ++i) {
    put("name: w" + std::to_string(i) +
        "\non: {schedule: \"0 * * * *\"}\nsteps: [{type: sleep, params: {for: 1s}}]\n");
  }
  SimServices one(house_, 1);
  run_for(1h + 2s);
  EXPECT_EQ(run_count(), 300u);
  expect_a_run_for_each_tick();
}

}  // namespace
}  // namespace callboard::test
