#include "deploy/embedded/stack.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <iterator>

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;

/// What a stack reported, for waiting on.
class Reports {
 public:
  void add(std::string_view what) {
    const std::scoped_lock lock(mutex_);
    all_.emplace_back(what);
    more_.notify_all();
  }
  bool wait_for(const std::string& part) {
    std::unique_lock lock(mutex_);
    return more_.wait_for(lock, 20s, [&] {
      return std::ranges::any_of(
          all_, [&](const std::string& each) { return each.find(part) != std::string::npos; });
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::string> all_;
};

class StackTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "stack-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::create_symlink(FAKE_PROGRAM, folder_ / "callboard-dispatcher");
    std::filesystem::create_symlink(FAKE_PROGRAM, folder_ / "callboard-worker");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  StackOptions options() {
    StackOptions options;
    options.data = folder_ / "data";
    options.programs = folder_;
    options.settings["CALLBOARD_LISTEN"] = "127.0.0.1:0";
    options.report = [this](std::string_view what) { reports_.add(what); };
    return options;
  }
  std::unique_ptr<Stack> start(StackOptions with) {
    auto stack = Stack::start(std::move(with));
    EXPECT_TRUE(stack) << stack.error().message;
    return stack ? std::move(*stack) : nullptr;
  }
  static std::string environment_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/environ");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static pid_t pid_of(const StackState& state, const std::string& name) {
    const auto found = std::ranges::find(state.processes, name, &NamedProcess::name);
    return found == state.processes.end() ? 0 : found->mark.pid;
  }
  static std::string query(const std::string& url, const char* sql) {
    PGconn* connection = PQconnectdb(url.c_str());
    PGresult* result = PQexec(connection, sql);
    std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : PQresultErrorMessage(result);
    PQclear(result);
    PQfinish(connection);
    return value;
  }

  std::filesystem::path folder_;
  Reports reports_;
};

TEST_F(StackTest, StartsEverythingAndLeavesNothingBehind) {
  StackOptions wanted = options();
  wanted.workers = 2;
  auto stack = start(std::move(wanted));
  ASSERT_TRUE(stack);
  const StackState state = stack->state();

  EXPECT_EQ(state.processes.size(), 5u);
  EXPECT_TRUE(state.url.starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(find_running(folder_ / "data")->ready);
  EXPECT_EQ(query(state.database_url, "show fsync"), "on");
  EXPECT_EQ(query(state.database_url, "show listen_addresses"), "");

  stack->stop();

  for (const NamedProcess& process : state.processes) EXPECT_FALSE(is_alive(process.mark)) << process.name;
  EXPECT_FALSE(find_running(folder_ / "data"));
  EXPECT_FALSE(std::filesystem::exists(state.run_folder));
}

TEST_F(StackTest, KeepsWhatTheDatabaseHolds) {
  auto first = start(options());
  ASSERT_TRUE(first);
  query(first->state().database_url, "create table kept as select 42 as answer");
  first->stop();

  auto second = start(options());
  ASSERT_TRUE(second);
  EXPECT_EQ(query(second->state().database_url, "select answer from kept"), "42");
}

TEST_F(StackTest, StartsAgainWhatWasKilled) {
  auto stack = start(options());
  ASSERT_TRUE(stack);
  const pid_t before = pid_of(stack->state(), "worker-1");

  kill(before, SIGKILL);

  ASSERT_TRUE(reports_.wait_for("worker-1 was killed by signal 9; it is started again"));
  pid_t after = 0;
  for (int i = 0; i < 1000 && (after == 0 || after == before); ++i) {
    usleep(10'000);
    after = pid_of(stack->state(), "worker-1");
  }
  EXPECT_NE(after, 0);
  EXPECT_NE(after, before);
}

TEST_F(StackTest, RecoversWhatAKilledOneLeftBehind) {
  const pid_t earlier = fork();
  if (earlier == 0) {
    StackOptions wanted = options();
    wanted.report = nullptr;
    const auto stack = Stack::start(std::move(wanted));
    while (stack) pause();
    _exit(1);
  }
  std::optional<StackState> left;
  for (int i = 0; i < 6000 && !(left && left->ready); ++i) {
    usleep(10'000);
    left = find_running(folder_ / "data");
  }
  ASSERT_TRUE(left && left->ready);
  kill(earlier, SIGKILL);
  waitpid(earlier, nullptr, 0);

  auto stack = start(options());

  ASSERT_TRUE(stack);
  for (const NamedProcess& process : left->processes) EXPECT_FALSE(is_alive(process.mark)) << process.name;
  EXPECT_FALSE(std::filesystem::exists(left->run_folder));
  EXPECT_EQ(query(stack->state().database_url, "select 1"), "1");
}

TEST_F(StackTest, IsRefusedWhereAnotherRuns) {
  auto stack = start(options());
  ASSERT_TRUE(stack);
  const auto second = Stack::start(options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(query(stack->state().database_url, "select 1"), "1") << "the first is unharmed";
}

TEST_F(StackTest, SaysWhyAProgramDidNotStartAndStopsTheRest) {
  StackOptions wanted = options();
  wanted.settings["CALLBOARD_WORKFLOWS"] = "/broken";
  const auto stack = Stack::start(std::move(wanted));
  ASSERT_FALSE(stack);
  EXPECT_NE(stack.error().message.find("dispatcher ended with status 3"), std::string::npos)
      << stack.error().message;
  EXPECT_NE(stack.error().message.find("no workflows in /broken"), std::string::npos)
      << stack.error().message;
  EXPECT_FALSE(find_running(folder_ / "data"));
}

TEST_F(StackTest, GivesEachProgramItsOwnSecretsOnly) {
  setenv("CALLBOARD_SECRET_DEPLOY", "step-secret", 1);
  StackOptions wanted = options();
  wanted.settings["OPENAI_API_KEY"] = "provider-key";
  wanted.settings["GITHUB_WEBHOOK_SECRET"] = "hook-secret";
  auto stack = start(std::move(wanted));
  unsetenv("CALLBOARD_SECRET_DEPLOY");
  ASSERT_TRUE(stack);

  const std::string dispatcher = environment_of(pid_of(stack->state(), "dispatcher"));
  const std::string worker = environment_of(pid_of(stack->state(), "worker-1"));

  EXPECT_NE(dispatcher.find("hook-secret"), std::string::npos);
  EXPECT_EQ(dispatcher.find("step-secret"), std::string::npos);
  EXPECT_EQ(dispatcher.find("provider-key"), std::string::npos);
  EXPECT_NE(worker.find("step-secret"), std::string::npos);
  EXPECT_NE(worker.find("provider-key"), std::string::npos);
  EXPECT_EQ(worker.find("hook-secret"), std::string::npos);
  EXPECT_EQ(stack->webhook_secret("github"), "");
  EXPECT_EQ(stack->webhook_secret("linear").size(), 64u);
}

TEST_F(StackTest, GivesUpStartingWhenInterrupted) {
  StackOptions wanted = options();
  wanted.is_interrupted = [] { return true; };
  const auto stack = Stack::start(std::move(wanted));
  ASSERT_FALSE(stack);
  EXPECT_EQ(stack.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace callboard::embedded
