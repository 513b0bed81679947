#include "worker/execution_record.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace callboard::test {
namespace {

using worker::ExecutionRecord;

class ExecutionRecordTest : public testing::Test {
 public:
  ~ExecutionRecordTest() override { std::filesystem::remove(path); }
  const std::string path =
      (std::filesystem::temp_directory_path() / ("callboard-record-" + std::to_string(getpid()))).string();
};

TEST_F(ExecutionRecordTest, CountsWhatWasExecutedMoreThanOnce) {
  auto record = ExecutionRecord::open(path, 100);
  ASSERT_TRUE(record) << record.error().message;
  const RunId run{Uuid{{1}}};
  (*record)->add(run, "a", 1, 1);
  (*record)->add(run, "a", 2, 1);
  (*record)->add(run, "b[1]", 1, 1);
  (*record)->add(run, "a", 1, 1);

  const auto counts = worker::count_executions(path);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->executions, 4u);
  EXPECT_EQ(counts->repeated, 1u);
}

TEST_F(ExecutionRecordTest, SurvivesAKilledWorkerAndIsSharedByTheNext) {
  const pid_t child = fork();
  if (child == 0) {
    auto record = ExecutionRecord::open(path, 100);
    if (record) (*record)->add(RunId{Uuid{{1}}}, "a", 1, 1);
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  auto record = ExecutionRecord::open(path);
  ASSERT_TRUE(record);
  (*record)->add(RunId{Uuid{{1}}}, "a", 1, 1);

  EXPECT_EQ(worker::count_executions(path)->repeated, 1u);
}

TEST_F(ExecutionRecordTest, AFullFileSaysHowMuchWasDropped) {
  auto record = ExecutionRecord::open(path, 2);
  for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) (*record)->add(RunId{Uuid{{1}}}, "a", attempt, 1);

  EXPECT_EQ(worker::count_executions(path)->executions, 2u);
  EXPECT_EQ(worker::count_executions(path)->dropped, 3u);
}

TEST_F(ExecutionRecordTest, AnotherFileIsRefused) {
  EXPECT_FALSE(ExecutionRecord::open("/proc/self/status"));
  EXPECT_FALSE(worker::count_executions("/proc/self/status"));
}

}  // namespace
}  // namespace callboard::test
