#include "shared/config/arguments.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace callboard::config {
namespace {

std::expected<Settings, int> read(Program program, std::vector<std::string> words) {
  words.insert(words.begin(), "program");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return read_server_settings(program, "A program.", static_cast<int>(argv.size()), argv.data(), "1.2.3");
}

TEST(ServerSettings, ComeFromFlagsOfTheTable) {
  const auto settings = read(Program::dispatcher, {"--listen", "127.0.0.1:0", "--segments=off"});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->text("CALLBOARD_LISTEN"), "127.0.0.1:0");
  EXPECT_FALSE(settings->is_on("CALLBOARD_SEGMENTS"));
  EXPECT_FALSE(settings->is_on("CALLBOARD_INSECURE_WEBHOOKS"));
}

TEST(ServerSettings, TakeASwitchWithoutAValue) {
  const auto settings = read(Program::dispatcher, {"--insecure-webhooks", "--log-level", "debug"});
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->is_on("CALLBOARD_INSECURE_WEBHOOKS"));
  EXPECT_EQ(settings->text("CALLBOARD_LOG_LEVEL"), "debug");
}

TEST(ServerSettings, EndWithTwoOnBadUsage) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(read(Program::dispatcher, {"--no-such-flag"}).error(), 2);
  EXPECT_EQ(read(Program::dispatcher, {"--listen", "nonsense"}).error(), 2);
  EXPECT_EQ(read(Program::dispatcher, {"--slots", "4"}).error(), 2) << "a worker's";
  EXPECT_EQ(read(Program::dispatcher, {"--listen", ""}).error(), 2);
  testing::internal::GetCapturedStderr();
}

TEST(ServerSettings, ShowHelpAndVersion) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(read(Program::worker, {"--help"}).error(), 0);
  EXPECT_EQ(read(Program::worker, {"--version"}).error(), 0);
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_NE(out.find("--slots"), std::string::npos);
  EXPECT_NE(out.find("CALLBOARD_SLOTS, default 128"), std::string::npos);
  EXPECT_EQ(out.find("--listen"), std::string::npos) << "a dispatcher's";
  EXPECT_NE(out.find("1.2.3"), std::string::npos);
}

}  // namespace
}  // namespace callboard::config
