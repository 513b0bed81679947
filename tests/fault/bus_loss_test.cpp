// The bus is wiped in the middle of a thousand runs: they are delayed, and nothing is lost.
#include <gtest/gtest.h>

#include <filesystem>

#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

namespace fs = std::filesystem;

constexpr int kRuns = 1'000;
constexpr std::string_view kWorkflow =
    "name: flood\nsteps:\n"
    "  - {key: a, type: noop, params: {for: 700ms}}\n"
    "  - {key: b, type: noop, params: {for: 700ms}}\n";

std::string text(const Value& value, std::string_view name) { return std::string(find_text(&value, name)); }

class BusLoss : public testing::Test {
 protected:
  void SetUp() override {
    house.start_all();
    ASSERT_EQ(house.register_workflow(kWorkflow), 201);
  }

  /// Begins the runs; returns when some of them are closed and most are not.
  void begin_runs() {
    for (int i = 0; i < kRuns; ++i) {
      const auto answer = house.post("/api/workflows/flood/runs", "{}");
      ASSERT_EQ(answer.status, 201) << answer.body;
      runs.push_back(text(json_of(answer), "id"));
    }
    ASSERT_TRUE(eventually([&] { return is_completed(runs.front()); }));
    ASSERT_FALSE(is_completed(runs.back())) << "nothing is left to be lost";
  }

  bool is_completed(const std::string& run) {
    return text(json_of(house.get("/api/runs/" + run)), "state") == "completed";
  }

  /// Every run completed, each step in its first attempt.
  void expect_all_completed() {
    for (const std::string& id : runs) {
      const Value run = house.wait_for_run(id);
      ASSERT_EQ(text(run, "state"), "completed") << id;
      for (const Value& step : run.at("steps").as_array()) EXPECT_EQ(find_int(&step, "attempts"), 1) << id;
    }
  }

  /// One request to JetStream's API; what it answers.
  std::string ask_jetstream(const std::string& what) {
    const std::string url = house.nats().url();
    RawClient client(static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1))));
    client.send("CONNECT {\"verbose\":false}\r\nSUB answer 1\r\nPUB $JS.API." + what + " answer 0\r\n\r\n");
    client.read_until("MSG answer");
    return client.read_until("}");
  }

  House house;
  std::vector<std::string> runs;
};

TEST_F(BusLoss, PurgedInTheMiddleOfAThousandRuns) {
  begin_runs();
  EXPECT_NE(ask_jetstream("STREAM.PURGE.CALLBOARD_JOBS").find("\"success\":true"), std::string::npos);
  expect_all_completed();
}

TEST_F(BusLoss, DeletedInTheMiddleOfAThousandRuns) {
  begin_runs();
  EXPECT_NE(ask_jetstream("STREAM.DELETE.CALLBOARD_JOBS").find("\"success\":true"), std::string::npos);
  expect_all_completed();
}

TEST_F(BusLoss, RestoredFromAnOldCopyInTheMiddleOfAThousandRuns) {
  const fs::path stored = house.nats().folder();
  const fs::path copy = stored.string() + "-copy";
  begin_runs();
  house.nats().stop();
  fs::copy(stored, copy, fs::copy_options::recursive);
  ASSERT_TRUE(house.nats().start());
  ASSERT_TRUE(eventually([&] { return is_completed(runs[kRuns / 4]); }, 60));

  house.nats().kill();
  house.nats().delete_data();
  fs::copy(copy, stored, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  ASSERT_TRUE(house.nats().start());
  expect_all_completed();
  fs::remove_all(copy);
}

}  // namespace
}  // namespace callboard::test
