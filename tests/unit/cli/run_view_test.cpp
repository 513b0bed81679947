#include "deploy/cli/run_view.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"

namespace callboard::cli {
namespace {

using namespace std::chrono_literals;

Value run(const std::string& state, const std::string& steps, const std::string& more = "") {
  return *read_json(R"({"id":"0193","workflow":"review","state":")" + state +
                    R"(","createdAt":"2026-01-01T00:00:00Z","steps":[)" + steps + "]" + more + "}");
}

const std::string kFetched =
    R"({"key":"fetch","state":"completed","attempts":1,"startedAt":"2026-01-01T00:00:00.1Z","closedAt":"2026-01-01T00:00:00.5Z"})";
const std::string kChecking =
    R"({"key":"check-all","state":"running","attempts":2,"startedAt":"2026-01-01T00:00:01Z"})";

TEST(DrawRun, ShowsALineForEachStep) {
  const auto lines =
      draw_run(run("running", kFetched + "," + kChecking), {.now = *parse_time("2026-01-01T00:00:03Z")});

  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "⠋ review  running  3.00 s  0193");
  EXPECT_EQ(lines[1], "  ✓ fetch      completed     0.40 s");
  EXPECT_EQ(lines[2], "  ⠋ check-all  running       2.00 s  attempt 2");
}

TEST(DrawRun, NamesTheRunThatAStepStarted) {
  const auto lines = draw_run(
      run("running", R"({"key":"build","item":1,"state":"completed","attempts":2,"run":"0194"})"), {});
  EXPECT_EQ(lines[1], "  ✓ build[1]  completed   run 0194  attempt 2");
}

TEST(DrawRun, NeverLetsControlCharactersThrough) {
  const auto lines = draw_run(
      run("failed",
          R"({"key":"a","state":"failed","attempts":1,"error":{"class":"exit","message":"\u001b[2J gone\u0007"}})"),
      {.colour = false});
  for (const std::string& line : lines) {
    for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20) << line;
  }
  EXPECT_NE(lines[1].find("exit: \\x1b[2J gone\\x07"), std::string::npos) << lines[1];
}

TEST(DrawEnd, ShowsOutputsAndKeepsTheirLines) {
  const auto lines =
      draw_end(run("completed", "", R"(,"outputs":{"report":"one\ntwo\n","count":3,"name":"x"})"), false);
  EXPECT_EQ(lines, (std::vector<std::string>{"report:", "  one", "  two", "count: 3", "name: x"}));
}

TEST(DrawEnd, SaysWhatAnOpenRunWaitsFor) {
  const auto lines = draw_end(
      run("running", "", R"(,"waitingFor":[{"kind":"timer","step":"nap","since":"2026-01-01T00:00:00Z"}])"),
      false);
  EXPECT_EQ(lines, (std::vector<std::string>{"step nap sleeps, since 2026-01-01T00:00:00Z"}));
}

TEST(DrawEnd, SaysThatATurnMayComeSoonerThanTheQueueSaidLast) {
  const auto lines =
      draw_end(run("pending", "",
                   R"(,"waitingFor":[{"kind":"throttle","step":null,"since":"2026-01-01T00:00:00Z",)"
                   R"("until":"2026-01-01T02:00:00Z","detail":"throttle \"x\", 1 in 1h"}])"),
               false);
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "the run waits for its turn: throttle \"x\", 1 in 1h, since "
                       "2026-01-01T00:00:00Z, and asks again at 2026-01-01T02:00:00Z, or sooner where runs "
                       "ahead of it are paused or end"}));
}

TEST(RunLines, TellEachChangeOnce) {
  RunLines lines;
  EXPECT_EQ(lines.news(run("running", kFetched + "," + kChecking)),
            (std::vector<std::string>{"run 0193  review", "  +0.50 s  fetch  completed  0.40 s",
                                      "  +1.00 s  check-all  running"}));
  EXPECT_TRUE(lines.news(run("running", kFetched + "," + kChecking)).empty());
  EXPECT_EQ(lines.news(run("failed", kFetched, R"(,"closedAt":"2026-01-01T00:00:05Z")")),
            (std::vector<std::string>{"  +5.00 s  run  failed  5.00 s"}));
}

TEST(RunLines, TellWhyAStepIsTriedAgainAndNotOnceItRuns) {
  RunLines lines;
  const auto step = [](const std::string& state) {
    return R"({"key":"go","state":")" + state +
           R"(","attempts":1,"startedAt":"2026-01-01T00:00:00.25Z","closedAt":null,)"
           R"("error":{"class":"timeout","message":"too slow"}})";
  };
  EXPECT_EQ(lines.news(run("running", step("retrying"))),
            (std::vector<std::string>{"run 0193  review", "           go  retrying  timeout: too slow"}));
  EXPECT_EQ(lines.news(run("running", step("running"))),
            (std::vector<std::string>{"  +0.25 s  go  running"}));
}
TEST(RunLines, TellThatAStepWaitsForItsTimer) {
  RunLines lines;
  const std::string nap =
      R"({"key":"nap","state":"waiting","attempts":0,"startedAt":"2026-01-01T00:00:00.25Z","closedAt":null,"error":null})";
  EXPECT_EQ(lines.news(run("waiting", nap)),
            (std::vector<std::string>{"run 0193  review", "  +0.25 s  nap  waiting"}));
}

TEST(DrawEvent, ShowsWhatAStepWroteBelowIt) {
  const Value event = *read_json(
      R"({"at":"2026-01-01T00:00:00Z","type":"step.completed","step":"fetch","attempt":1,"data":{"result":{"stdout":"a\n\u001b[31mb\n","exitCode":0}}})");
  EXPECT_EQ(
      draw_event(event, true, false),
      (std::vector<std::string>{"2026-01-01T00:00:00Z  step.completed  fetch", "  | a", "  | \\x1b[31mb"}));
  EXPECT_EQ(draw_event(event, false, false).size(), 1u);
}

TEST(FormatSeconds, GetsCoarserAsItGrows) {
  EXPECT_EQ(format_seconds(420ms), "0.42 s");
  EXPECT_EQ(format_seconds(12'340ms), "12.3 s");
  EXPECT_EQ(format_seconds(184s), "3 min 4 s");
  EXPECT_EQ(format_seconds(3h), "3 h 0 min");
}

}  // namespace
}  // namespace callboard::cli
