#include "shared/base/file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

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

}  // namespace
}  // namespace callboard
