#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "deploy/cli/cli_app.hpp"
#include "tests/unit/cli/fake_api.hpp"

namespace callboard::cli {

struct Ended {
  int status = 0;
  std::string out;
  std::string err;
};

/// The command line in this process, with a folder of its own and a dispatcher that answers from a table.
class CommandsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "cli-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Ended call(std::vector<std::string> words) {
    words.insert(words.begin(), {"callboard", "--data", (folder_ / "data").string()});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ended ended;
    ended.status = run_cli(static_cast<int>(argv.size()), argv.data(), "1.2.3");
    ended.out = testing::internal::GetCapturedStdout();
    ended.err = testing::internal::GetCapturedStderr();
    return ended;
  }
  Ended ask(std::vector<std::string> words) {
    words.insert(words.end(), {"--url", api_.url()});
    return call(std::move(words));
  }
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }

  std::filesystem::path folder_;
  FakeApi api_;
};

}  // namespace callboard::cli
