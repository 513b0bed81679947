// `callboard log` on databases that dispatchers and workers use.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "shared/value/read.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

constexpr std::string_view kSleeper = R"(name: sleeper
steps:
  - key: before
    type: echo
    params: {said: "${{ inputs.word }}"}
  - key: pause
    type: sleep
    params: {for: 6s}
    dependsOn: [before]
  - key: after
    type: echo
    params: {said: "${{ steps.before.result.said }}"}
    dependsOn: [pause]
inputs:
  word: {type: string, required: true}
)";

struct Ended {
  int status = 0;
  std::string out;
};

class LogCommands : public testing::Test {
 protected:
  Ended log(House& house, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "log");
    Process command(CALLBOARD_BIN "/callboard", std::move(arguments),
                    {"PATH=/usr/bin:/bin", "HOME=" + house.folder().string(),
                     "CALLBOARD_DATABASE_URL=" + house.postgres().url("callboard")});
    std::string out = command.read_all();
    return {command.wait(), std::move(out)};
  }
  static std::string start(House& house, const std::string& word) {
    const auto answer = house.post("/api/workflows/sleeper/runs", R"({"inputs":{"word":")" + word + "\"}}");
    const Value run = json_of(answer);
    return std::string(find_text(&run, "id"));
  }
};

TEST_F(LogCommands, AnOpenRunGoesOnWhereItWasImported) {
  House from;
  from.start_all();
  ASSERT_EQ(from.register_workflow(kSleeper), 201);
  const std::string run = start(from, "hello");
  ASSERT_FALSE(run.empty());
  ASSERT_TRUE(eventually([&] {
    return from.postgres().run("callboard", "select count(*) from event where key = 'g1/before/1/result'") ==
           "1";
  }));
  const std::string file = (from.folder() / "log.ndjson").string();
  ASSERT_EQ(log(from, {"export", "--out", file}).status, 0);
  from.drop_worker();
  from.dispatcher().signal(SIGKILL);
  House to;
  to.start_all();

  const Ended imported = log(to, {"import", file, "--json"});

  ASSERT_EQ(imported.status, 0) << imported.out;
  const Value closed = to.wait_for_run(run);
  EXPECT_EQ(find_text(&closed, "state"), "completed");
  EXPECT_EQ(to.postgres()
                    .run("callboard",
                         "select convert_from(data, 'UTF8') from event where key = "
                         "'g1/after/1/result'")
                    .find(R"("result":{"said":"hello"})") != std::string::npos,
            true);
  const Ended verified = log(to, {"verify"});
  EXPECT_EQ(verified.status, 0) << verified.out;
  EXPECT_EQ(log(to, {"rebuild"}).status, 1) << "its dispatcher owns partitions";
  EXPECT_EQ(log(to, {"import", file}).status, 0) << "the run went on here, and has all that the archive has";
}

TEST_F(LogCommands, WhatIsWrongIsToldByTheExitStatus) {
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow(kSleeper), 201);
  const std::string run = start(house, "hello");
  const Value closed = house.wait_for_run(run);
  ASSERT_EQ(find_text(&closed, "state"), "completed");
  const std::string file = (house.folder() / "log.ndjson").string();
  ASSERT_EQ(log(house, {"export", "--out", file}).status, 0);
  EXPECT_EQ(log(house, {"export", "--out", file}).status, 1) << "a file is not written over";
  EXPECT_EQ(log(house, {"export", "--out", file, "--resume"}).status, 1) << "it is whole";
  std::ifstream in(file, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(log(house, {"export"}).out.substr(0, 40), whole.substr(0, 40));

  const std::string cut = (house.folder() / "cut.ndjson").string();
  std::ofstream(cut, std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_EQ(log(house, {"import", cut}).status, 2);
  EXPECT_EQ(log(house, {"import", "no such file"}).status, 2);
  EXPECT_EQ(log(house, {"export", "--out", cut, "--resume"}).status, 0);
  EXPECT_EQ(log(house, {"import", cut}).status, 0);
  EXPECT_EQ(log(house, {"verify", "--run", run}).status, 0);

  house.postgres().run("callboard", "update event set data = '{}' where key = 'd/0'");
  const Ended found = log(house, {"verify", "--json"});
  EXPECT_EQ(found.status, 1);
  const auto told = read_json(found.out);
  ASSERT_TRUE(told) << found.out;
  EXPECT_EQ(find_int(&*told, "problemCount"), 1);
  EXPECT_EQ(log(house, {"import", file}).status, 2) << "the run stands with other bytes";
  house.postgres().stop();
  EXPECT_EQ(log(house, {"verify"}).status, 3);
}

}  // namespace
}  // namespace callboard::test
