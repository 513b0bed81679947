// Schedules on the real stack: every second, so that nothing need wait for long.
#include <gtest/gtest.h>

#include <set>

#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Schedules : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
  }
  static void TearDownTestSuite() { house.reset(); }

  static void add(const std::string& name, const std::string& schedule) {
    ASSERT_EQ(house->register_workflow(
                  "name: " + name + "\non: {schedule: " + schedule +
                  "}\nsteps: [{key: say, type: echo, params: {at: \"${ event.scheduledAt }\"}}]\n"),
              201);
  }
  static Value show(const std::string& name) {
    return json_of(house->get("/api/workflows/" + name + "/schedule?limit=500"));
  }
  /// Its ticks with this outcome, newest first.
  static std::vector<Value> ticks(const std::string& name, std::string_view outcome) {
    std::vector<Value> out;
    const Value shown = show(name);
    const Value* const all = find(&shown, "ticks");
    if (all == nullptr) return out;
    for (const Value& tick : all->as_array()) {
      if (find_text(&tick, "outcome") == outcome) out.push_back(tick);
    }
    return out;
  }
  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::int64_t runs_of(const std::string& name) {
    return std::ssize(json_of(house->get("/api/runs?limit=500&workflow=" + name)).at("items").as_array());
  }

  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Schedules::house;

TEST_F(Schedules, MakeARunThatKnowsItsTick) {
  add("beat", "{cron: \"* * * * * *\", timezone: Asia/Kathmandu, overlap: allow}");
  ASSERT_TRUE(eventually([] { return ticks("beat", "started").size() >= 3; }));

  const Value tick = ticks("beat", "started").back();
  const Value run = house->wait_for_run(text(tick, "runId"));
  EXPECT_EQ(text(run, "state"), "completed");
  EXPECT_EQ(find_text(find(&run.at("steps").as_array()[0], "result"), "at"), text(tick, "at"));
  EXPECT_EQ(text(run, "event"), "tick");
  const auto again = house->post("/api/deliveries/" + text(run, "deliveryId") + "/replay", "{}");
  ASSERT_EQ(again.status, 201) << again.body;
  const Value arrived = json_of(again);
  const Value repeated = house->wait_for_run(std::string(arrived.at("runs").as_array().at(0).as_string()));
  EXPECT_EQ(text(repeated, "workflow"), "beat") << "no other workflow sees its tick";
  EXPECT_EQ(find_text(find(&repeated.at("steps").as_array()[0], "result"), "at"), text(tick, "at"));
  const Value shown = show("beat");
  EXPECT_EQ(find(&shown, "next")->as_array().size(), 10u);
  EXPECT_TRUE(text(find(&shown, "next")->as_array()[0], "local").ends_with("+05:45"));
  EXPECT_NE(house->run_cli({"workflow", "schedule", "beat"}).find("* * * * * * Asia/Kathmandu"),
            std::string::npos);
}

TEST_F(Schedules, ShowATickThatIsDueAndWaitsForItsPartOfTheJitter) {
  add("late", "{cron: \"* * * * * *\", jitter: 1h, overlap: allow}");
  const auto next = [] {
    const Value shown = show("late");
    return find(&shown, "next")->as_array().at(0);
  };
  const std::string first = text(next(), "at");
  const auto is_over = [&] {
    return std::chrono::system_clock::now() > *parse_time(first) + std::chrono::seconds(2);
  };
  EXPECT_TRUE(eventually(is_over));
  EXPECT_EQ(text(next(), "at"), first);
  EXPECT_LT(*parse_time(first), *parse_time(text(next(), "firesAt")));
}

TEST_F(Schedules, AreMadeOnceByTwoDispatchersOneOfWhichIsReplaced) {
  add("once", "{cron: \"* * * * * *\", overlap: allow, catchup: all}");
  auto second = house->make_replica();
  ASSERT_TRUE(eventually([] { return ticks("once", "started").size() >= 3; }));
  house->move_to(std::move(second));
  ASSERT_TRUE(house->wait_until_ready());
  const std::size_t before = ticks("once", "started").size();
  ASSERT_TRUE(eventually([&] { return ticks("once", "started").size() >= before + 5; }));

  std::set<std::string> runs;
  std::set<std::string> times;
  for (const Value& tick : ticks("once", "started")) {
    EXPECT_TRUE(runs.insert(text(tick, "runId")).second);
    EXPECT_TRUE(times.insert(text(tick, "at")).second);
  }
  ASSERT_EQ(house->register_workflow("name: once\non: {manual: true}\nsteps: [{key: a, type: noop}]\n"), 201);
  ASSERT_TRUE(eventually([] { return ticks("once", "starting").empty(); }));
  EXPECT_EQ(runs_of("once"), std::ssize(ticks("once", "started")))
      << "the schedule has ended, and no run is left over";
}

TEST_F(Schedules, SkipTicksDuringAPause) {
  add("quiet", "\"* * * * * *\"");
  ASSERT_EQ(house->post("/api/pauses", R"({"scope":"source","name":"schedule","reason":"the night"})").status,
            200);
  ASSERT_TRUE(eventually([] { return ticks("quiet", "skipped").size() >= 2; }));
  EXPECT_EQ(text(ticks("quiet", "skipped")[0], "detail"), "source schedule is paused by api: the night");
  EXPECT_EQ(text(*find(&static_cast<const Value&>(show("quiet")), "paused"), "reason"), "the night");
  ASSERT_EQ(house->post("/api/pauses/resume", R"({"scope":"source","name":"schedule"})").status, 200);
  const std::size_t before = ticks("quiet", "started").size();
  EXPECT_TRUE(eventually([&] { return ticks("quiet", "started").size() > before; }));
}

TEST_F(Schedules, AreBackfilledOnce) {
  add("nightly", "{cron: \"0 3 * * *\", timezone: Europe/Paris}");
  const std::vector<std::string> range{
      "workflow", "backfill", "nightly", "--from", "2026-03-27T00:00:00Z", "--until", "2026-03-31T00:00:00Z",
      "--rate",   "100/s"};
  auto dry = range;
  dry.emplace_back("--dry-run");
  const std::string ticks = "4 ticks from 2026-03-27T02:00:00.000000Z to 2026-03-30T01:00:00.000000Z: ";
  EXPECT_EQ(house->run_cli(dry), ticks + "4 would start a run, 0 had one, 0 would fail\n");
  EXPECT_EQ(runs_of("nightly"), 0);

  EXPECT_NE(house->run_cli(range).find("4 runs started, 0 there already, 0 failed"), std::string::npos);
  EXPECT_EQ(house->run_cli(dry), ticks + "0 would start a run, 4 had one, 0 would fail\n");
  EXPECT_NE(house->run_cli(range).find("0 runs started, 4 there already, 0 failed"), std::string::npos);
  EXPECT_EQ(runs_of("nightly"), 4);

  const auto refused = [](const std::string& body) {
    return house->post("/api/workflows/nightly/backfill", body).status;
  };
  EXPECT_EQ(refused(R"({"schedule":{"from":"2026-03-27T00:00:00Z","until":"2999-01-01T00:00:00Z"}})"), 400);
  EXPECT_EQ(refused(R"({"schedule":{"from":"2026-03-27T00:00:00Z"}})"), 400);
  EXPECT_EQ(refused(R"({"schedule":{"from":"1970-01-01T00:00:00Z","until":"2026-03-31T00:00:00Z"}})"), 422);
  EXPECT_EQ(refused(R"({"deliveries":{}})"), 400);
}

}  // namespace
}  // namespace callboard::test
