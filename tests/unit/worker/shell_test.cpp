#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/unit/worker/step_rig.hpp"

namespace callboard::test {
namespace {

using run::ErrorClass;

class ShellTest : public StepTest {
 public:
  /// A folder that outlives the steps.
  const std::filesystem::path folder = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "callboard-test-XXXXXX").string();
    return std::filesystem::path(mkdtemp(pattern.data()));
  }();
  ~ShellTest() override { std::filesystem::remove_all(folder); }

  std::string quoted(const std::string& name) const { return (folder / name).string(); }
  static pid_t read_pid(const std::filesystem::path& file) {
    std::ifstream in(file);
    pid_t pid = 0;
    in >> pid;
    return pid;
  }
  static bool is_alive(pid_t pid) { return kill(pid, 0) == 0; }
  static Value script(const std::string& text) { return Object{{"run", text}}; }
  run::Outcome run_script(const std::string& text) {
    auto call = make_call("{}");
    call.params = script(text);
    begin("shell", std::move(call));
    return wait();
  }
};

TEST_F(ShellTest, GivesWhatTheScriptSaysAndItsExitCode) {
  const Value result = result_of(run_script("echo out; echo err >&2"));

  EXPECT_EQ(find_text(&result, "stdout"), "out\n");
  EXPECT_EQ(find_text(&result, "stderr"), "err\n");
  EXPECT_EQ(find_int(&result, "exitCode", -1), 0);
  EXPECT_FALSE(find(&result, "truncated")->as_bool());
}

TEST_F(ShellTest, ShowsLifeWheneverItWrites) {
  auto signs = std::make_shared<std::atomic<int>>(0);
  auto call = make_call("{}");
  call.params = script("echo a; sleep 0.2; echo b >&2; sleep 0.2; sleep 0.2");
  call.show_life = [signs] { ++*signs; };
  begin("shell", std::move(call));
  wait();
  EXPECT_EQ(*signs, 2);
}

TEST_F(ShellTest, AnotherExitCodeThanZeroFailsWithTheEndOfStandardError) {
  const auto done = run_script("echo 'no such branch' >&2; exit 3");

  EXPECT_EQ(done.error.error_class, ErrorClass::exit);
  EXPECT_EQ(done.error.message, "exit code 3: no such branch");
}

TEST_F(ShellTest, AScriptStopsAtTheFirstCommandThatFails) {
  const auto done = run_script("false; echo reached");

  EXPECT_EQ(done.error.message, "exit code 1");
}

TEST_F(ShellTest, WhatWasFoundNowhereIsEmpty) {
  const Value result = result_of(
      execute("shell", R"({"run":"printf '<%s %s>' \"$NONE\" \"$LIST\"","env":{"NONE":null,"LIST":[1]}})"));
  EXPECT_EQ(find_text(&result, "stdout"), "< [1]>");
}

TEST_F(ShellTest, ArgumentsAreNotReadByAShell) {
  const Value result = result_of(execute("shell", R"({"argv":["printf","%s|","$HOME","a b"]})"));

  EXPECT_EQ(find_text(&result, "stdout"), "$HOME|a b|");
}

TEST_F(ShellTest, AMissingProgramIsAMistakeInTheWorkflow) {
  EXPECT_EQ(execute("shell", R"({"argv":["no-such-program"]})").error.error_class, ErrorClass::validation);
  EXPECT_EQ(execute("shell", R"({"argv":["/no/such/program"]})").error.error_class, ErrorClass::validation);
}

TEST_F(ShellTest, StandardInputIsWhatTheStepSays) {
  const Value result = result_of(execute("shell", R"({"argv":["cat"],"stdin":"line\n"})"));
  EXPECT_EQ(find_text(&result, "stdout"), "line\n");
  const Value empty = result_of(execute("shell", R"({"argv":["cat"]})"));
  EXPECT_EQ(find_text(&empty, "stdout"), "");
}

TEST_F(ShellTest, TheEnvironmentIsCleanButForContextAndEnv) {
  setenv("WORKERS_OWN", "hidden", 1);
  const Value result = result_of(execute("shell", R"({"run":"env | sort | cut -d= -f1","env":{"MINE":1}})"));
  unsetenv("WORKERS_OWN");

  EXPECT_EQ(find_text(&result, "stdout"),
            "CALLBOARD_ATTEMPT\nCALLBOARD_OUTPUT\nCALLBOARD_RUN_ID\nCALLBOARD_STEP\nCALLBOARD_"
            "WORKFLOW\nHOME\nLANG\n"
            "MINE\nPATH\nPWD\nTMPDIR\n");
}

TEST_F(ShellTest, WhatIsWrittenToTheOutputFileIsInTheResult) {
  const Value lines =
      result_of(run_script("echo files=3 >> $CALLBOARD_OUTPUT; echo 'name=a = b' >> $CALLBOARD_OUTPUT"));
  EXPECT_EQ(find_text(&lines, "files"), "3");
  EXPECT_EQ(find_text(&lines, "name"), "a = b");

  const Value json = result_of(run_script(R"(echo '{"files": [1, 2]}' > $CALLBOARD_OUTPUT)"));
  EXPECT_EQ(find(&json, "files")->as_array().size(), 2u);

  EXPECT_EQ(run_script("echo nonsense > $CALLBOARD_OUTPUT").error.error_class, ErrorClass::validation);
}

TEST_F(ShellTest, TheFolderIsFreshAndGoneAfterwards) {
  const Value result = result_of(run_script("ls -A; pwd; mkdir shut; touch shut/x; chmod 0 shut"));
  std::string path(find_text(&result, "stdout"));
  path.pop_back();

  EXPECT_TRUE(path.starts_with('/')) << "nothing was listed in front of it";
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}

TEST_F(ShellTest, HugeOutputIsCutInTheMiddleAndNeverBlocks) {
  const Value result = result_of(run_script("echo first; yes 0123456789 | head -c 20000000; echo last"));
  const std::string_view out = find_text(&result, "stdout");

  EXPECT_TRUE(find(&result, "truncated")->as_bool());
  EXPECT_LE(out.size(), limits::kOutputBytes + 64);
  EXPECT_TRUE(out.starts_with("first\n"));
  EXPECT_TRUE(out.ends_with("last\n"));
  EXPECT_NE(out.find("bytes left out"), std::string_view::npos);
}

TEST_F(ShellTest, BytesThatAreNoTextAreRepaired) {
  const Value result = result_of(run_script(R"(printf 'a\377b\033[31m')"));

  EXPECT_EQ(find_text(&result, "stdout"),
            "a\xef\xbf\xbd"
            "b\x1b[31m");
}

TEST_F(ShellTest, EscapeSequencesBecomeVisibleInAnErrorsMessage) {
  EXPECT_EQ(run_script(R"(printf '\033]0;x\007' >&2; exit 1)").error.message, "exit code 1: \\x1b]0;x\\x07");
}

TEST_F(ShellTest, StoppingEndsTheWholeProcessGroup) {
  auto call = make_call("{}");
  call.params = script("sleep 1000 & echo $! > " + quoted("pid") + "; wait");
  begin("shell", std::move(call));
  ASSERT_TRUE(wait_until([&] { return read_pid(quoted("pid")) > 0; }));
  execution->stop(worker::Stop::gracefully);

  EXPECT_EQ(wait().error.error_class, ErrorClass::exit);
  EXPECT_FALSE(is_alive(read_pid(quoted("pid"))));
}

TEST_F(ShellTest, NothingThatAStepLeftBehindLivesOn) {
  const std::string leave = "setsid sh -c 'echo $$ > " + quoted("pid") +
                            "; trap \"\" TERM HUP; sleep 1000; sleep 1000' " +
                            ">/dev/null 2>&1 & while [ ! -s " + quoted("pid") + " ]; do :; done";
  EXPECT_EQ(run_script(leave).type, run::EventType::step_completed);

  const pid_t pid = read_pid(quoted("pid"));
  EXPECT_GT(pid, 0);
  EXPECT_FALSE(is_alive(pid)) << "a session of its own does not save it";
}

TEST_F(ShellTest, AStepThatIgnoresThePoliteSignalIsKilledAtOnceWhenTold) {
  auto call = make_call("{}");
  call.params = script("trap '' TERM; echo $$ > " + quoted("pid") + "; while :; do sleep 1; done");
  begin("shell", std::move(call));
  ASSERT_TRUE(wait_until([&] { return read_pid(quoted("pid")) > 0; }));
  execution->stop(worker::Stop::at_once);

  EXPECT_EQ(wait().error.message, "ended by signal 9");
  EXPECT_FALSE(is_alive(read_pid(quoted("pid"))));
}

TEST_F(ShellTest, AFileCantGrowBeyondItsLimit) {
  process_limits.file_bytes = 1'000;
  const auto done = run_script("head -c 100000 /dev/zero > big");

  EXPECT_EQ(done.error.error_class, ErrorClass::exit) << "a file larger than the limit";
}

TEST_F(ShellTest, AStepCantReadTheWorkersMemoryOrEnvironment) {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const std::string own = "/proc/" + std::to_string(getpid());
  const Value result = result_of(run_script("for file in environ mem; do head -c 1 " + own +
                                            "/$file 2>&1 | grep -c 'ermission denied' || true; done"));
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);

  EXPECT_EQ(find_text(&result, "stdout"), "1\n1\n");
}

TEST_F(ShellTest, ManyStepsAtATimeKeepTheirOutputsApart) {
  int ended = 0;
  std::vector<std::unique_ptr<worker::Execution>> executions;
  for (int i = 0; i < 20; ++i) {
    auto call = make_call("{}");
    call.params = script("echo " + std::to_string(i));
    auto begun = executors().find("shell")->begin(std::move(call), [&ended, i](run::Outcome done) {
      ++ended;
      const auto value = read_json(done.result);
      EXPECT_EQ(find_text(&*value, "stdout"), std::to_string(i) + "\n");
    });
    executions.push_back(std::move(std::get<std::unique_ptr<worker::Execution>>(begun)));
  }
  EXPECT_TRUE(wait_until([&] { return ended == 20; }));
}

}  // namespace
}  // namespace callboard::test
