#include "deploy/embedded/process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;

class ProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "process-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  ProcessSpec shell(const std::string& script) const {
    return {.name = "shell",
            .command = {"/bin/sh", "-c", script},
            .environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "hello"}},
            .log = folder_ / "log"};
  }
  std::string log() const {
    std::ifstream in(folder_ / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path folder_;
};

TEST_F(ProcessTest, GetsItsEnvironmentAndWritesItsLog) {
  auto process = Process::start(shell("echo $GREETING $HOME; echo oops >&2; exit 3"));
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_EQ(process->wait_end(10s), "ended with status 3");
  EXPECT_EQ(log(), "hello\noops\n");
}

TEST_F(ProcessTest, SaysWhichProgramIsNotThere) {
  ProcessSpec spec = shell("");
  spec.command = {"/nowhere/program"};
  const auto process = Process::start(spec);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().message, "can't start /nowhere/program: No such file or directory");
}

TEST_F(ProcessTest, IsKilledWhenItDoesNotEndWithinItsGrace) {
  ProcessSpec spec = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  spec.grace = 50ms;
  auto process = Process::start(spec);
  ASSERT_TRUE(process);
  while (log() != "ready\n") ASSERT_EQ(process->wait_end(5ms), std::nullopt);

  process->stop();

  EXPECT_EQ(process->wait_end(0s), "was killed by signal 9");
}

TEST_F(ProcessTest, IsAskedTwiceBeforeItIsKilled) {
  ProcessSpec spec =
      shell("n=0; trap 'n=$((n+1)); [ $n = 2 ] && exit 5' TERM; echo ready; while :; do sleep 0.01; done");
  spec.grace = 50ms;
  spec.second_grace = 10s;
  auto process = Process::start(spec);
  ASSERT_TRUE(process);
  while (log() != "ready\n") ASSERT_EQ(process->wait_end(5ms), std::nullopt);

  process->stop();

  EXPECT_EQ(process->wait_end(0s), "ended with status 5");
}

TEST_F(ProcessTest, RunsAsAnotherUserWhereRootStartsIt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may become another user";
  constexpr uid_t kNobody = 65534;
  ProcessSpec spec = shell("id -u; id -g; id -G");
  spec.identity = {Identity::Kind::other_user, kNobody, kNobody};
  auto process = Process::start(spec);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->wait_end(10s), "ended with status 0");
  EXPECT_EQ(log(), "65534\n65534\n65534\n");
}

TEST_F(ProcessTest, RunsPostgresAsAnyoneButRoot) {
  const auto identity = find_postgres_identity();
  ASSERT_TRUE(identity) << identity.error().message;
  ProcessSpec spec = shell("id -u");
  spec.identity = *identity;
  auto process = Process::start(spec);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->wait_end(10s), "ended with status 0");
  EXPECT_NE(log(), "0\n");
}

TEST_F(ProcessTest, EndsWithTheProcessThatStartedIt) {
  int report[2];
  ASSERT_EQ(pipe(report), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    auto process = Process::start(shell("sleep 1000"));
    const pid_t pid = process ? process->pid() : 0;
    if (write(report[1], &pid, sizeof pid) < 0) _exit(1);
    while (true) pause();
  }
  pid_t child = 0;
  ASSERT_EQ(read(report[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  const ProcessMark mark = mark_process(child);
  ASSERT_TRUE(is_alive(mark));

  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);

  for (int i = 0; i < 500 && is_alive(mark); ++i) usleep(10'000);
  EXPECT_FALSE(is_alive(mark));
}

TEST_F(ProcessTest, IsToldFromALaterOneWithItsNumber) {
  const ProcessMark mine = mark_process(getpid());
  EXPECT_TRUE(is_alive(mine));
  EXPECT_FALSE(is_alive({mine.pid, mine.started + 1}));
  EXPECT_FALSE(is_alive({}));
}

TEST_F(ProcessTest, ShowsTheLastLinesOfAFailedCommand) {
  const auto done =
      run_to_end(shell("for i in 1 2 3; do echo line $i; done; printf '\\033[2J'; exit 1"), 10s);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("line 3\n\\x1b[2J"), std::string::npos) << done.error().message;
  EXPECT_EQ(last_lines(folder_ / "log", 2), "line 3\n\\x1b[2J");
}

}  // namespace
}  // namespace callboard::embedded
