#include "deploy/embedded/data_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "deploy/embedded/ports.hpp"
#include "deploy/embedded/state.hpp"

namespace callboard::embedded {
namespace {

class DataFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "folder-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = *open_data_folder(std::string(pattern) + "/data");
  }
  void TearDown() override { std::filesystem::remove_all(folder_.root.parent_path()); }

  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat found{};
    return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777u : 0;
  }

  DataFolder folder_;
};

TEST_F(DataFolderTest, IsPrivate) {
  EXPECT_EQ(mode_of(folder_.root), 0700u);
  ASSERT_TRUE(ensure_webhook_secret(folder_, "github"));
  EXPECT_EQ(mode_of(folder_.webhook_secret("github")), 0600u);
}

TEST_F(DataFolderTest, KeepsAWebhookSecretThatIsThere) {
  ASSERT_TRUE(ensure_webhook_secret(folder_, "github"));
  const auto first = read_text_file(folder_.webhook_secret("github"));
  ASSERT_TRUE(ensure_webhook_secret(folder_, "github"));
  EXPECT_EQ(read_text_file(folder_.webhook_secret("github")).value(), first.value());
  EXPECT_EQ(first->size(), 64u);
}

TEST_F(DataFolderTest, IsHeldByOneStackAtATime) {
  auto lock = FolderLock::take(folder_);
  ASSERT_TRUE(lock);
  const auto second = FolderLock::take(folder_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("callboard down"), std::string::npos);
}

TEST_F(DataFolderTest, RefusesAPlaceThatIsNoFolder) {
  ASSERT_TRUE(write_private_file(folder_.root / "file", "x"));
  EXPECT_FALSE(open_data_folder(folder_.root / "file"));
}

TEST_F(DataFolderTest, KeepsTheState) {
  const StackState state{.supervisor = mark_process(getpid()),
                         .ready = true,
                         .url = "http://127.0.0.1:1",
                         .database_url = "postgresql://x",
                         .nats_url = "nats://y",
                         .run_folder = "/tmp/callboard-x",
                         .processes = {{"worker-1", {12, 34}}}};
  ASSERT_TRUE(write_state(folder_, state));

  const auto found = find_running(folder_.root);

  ASSERT_TRUE(found);
  EXPECT_TRUE(found->ready);
  EXPECT_EQ(found->url, state.url);
  ASSERT_EQ(found->processes.size(), 1u);
  EXPECT_EQ(found->processes[0].name, "worker-1");
  EXPECT_EQ(found->processes[0].mark.started, 34u);
}

TEST_F(DataFolderTest, HasNoRunningStackOnceItsSupervisorIsGone) {
  ASSERT_TRUE(write_state(folder_, {.supervisor = {getpid(), 1},
                                    .ready = true,
                                    .url = {},
                                    .database_url = {},
                                    .nats_url = {},
                                    .run_folder = {},
                                    .processes = {}}));
  EXPECT_TRUE(find_state(folder_.root));
  EXPECT_FALSE(find_running(folder_.root));
  ASSERT_TRUE(write_private_file(folder_.state(), "{broken"));
  EXPECT_FALSE(find_state(folder_.root));
}

TEST(FreePort, IsTheWantedOneOrAConflict) {
  const auto port = find_free_port("127.0.0.1", 0, true);
  ASSERT_TRUE(port);
  EXPECT_NE(*port, 0);
  EXPECT_EQ(find_free_port("127.0.0.1", *port, true).value(), *port);
}

}  // namespace
}  // namespace callboard::embedded
