#include "shared/base/file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

namespace callboard {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "files-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(Files, AreReadWhole) {
  const std::string text = std::string(200'000, 'x') + std::string("\0\n", 2);
  std::ofstream(folder_ / "long", std::ios::binary) << text;
  std::ofstream(folder_ / "empty", std::ios::binary) << "";
  EXPECT_EQ(read_file(folder_ / "long"), text);
  EXPECT_EQ(read_file(folder_ / "empty"), "");
}

TEST_F(Files, SayWhyTheyCanNotBeRead) {
  const auto folder = read_file(folder_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, folder_.string() + " is a folder, expected a file");
  const auto none = read_file(folder_ / "none");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_EQ(none.error().message,
            "can't read " + (folder_ / "none").string() + ": No such file or directory");
}

TEST_F(Files, AreReadAsFarAsTheyMayReach) {
  std::ofstream(folder_ / "ten", std::ios::binary) << "0123456789";
  EXPECT_EQ(read_bounded_file(folder_ / "ten", 20), "0123456789");
  EXPECT_EQ(read_bounded_file(folder_ / "ten", 10), "0123456789");
  EXPECT_EQ(read_bounded_file(folder_ / "ten", 4), "01234") << "one more says that there are more";
}

TEST_F(Files, AreRefusedWhereTheyMightNeverEnd) {
  const std::string fifo = folder_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {std::string("/dev/zero"), std::string("/dev/null"), fifo}) {
    const auto read = read_bounded_file(path, 10);
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().code, ErrorCode::invalid);
    EXPECT_EQ(read.error().message,
              path + " is neither a file nor a pipe of the shell, expected one of them");
  }
  EXPECT_EQ(read_bounded_file(folder_, 10).error().message,
            folder_.string() + " is a folder, expected a file");
  EXPECT_EQ(read_bounded_file(folder_ / "none", 10).error().code, ErrorCode::not_found);
}

TEST_F(Files, MayBePipesWhoseTextIsStillToCome) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  std::jthread writer([end = ends[1]] {
    for (const std::string_view part : {"one ", "two"}) {
      std::this_thread::yield();
      EXPECT_EQ(write(end, part.data(), part.size()), static_cast<ssize_t>(part.size()));
    }
    close(end);
  });
  EXPECT_EQ(read_bounded_file("/dev/fd/" + std::to_string(ends[0]), 100), "one two");
  close(ends[0]);
}

}  // namespace
}  // namespace callboard
