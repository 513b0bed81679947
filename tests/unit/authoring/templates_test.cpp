#include "deploy/authoring/templates.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "deploy/rehearsal/report.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::authoring {
namespace {

namespace fs = std::filesystem;

/// Files of stubs for a template: NAME.yaml, NAME-something.yaml.
std::vector<fs::path> stub_files(std::string_view name) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(CALLBOARD_SOURCE "/tests/unit/authoring/stubs")) {
    const std::string stem = entry.path().stem();
    if (stem == name || stem.starts_with(std::string(name) + "-")) out.push_back(entry.path());
  }
  return out;
}

TEST(Templates, HaveANameASummaryAndTheirNameFirst) {
  ASSERT_GE(starting_points().size(), 5u);
  for (const StartingPoint& point : starting_points()) {
    EXPECT_FALSE(point.summary.empty()) << point.name;
    EXPECT_NE(point.text.find("\nname: " + std::string(point.name) + "\n"), std::string_view::npos);
  }
}

TEST(Templates, AreValidAndRunAsTheirStubsExpect) {
  for (const StartingPoint& point : starting_points()) {
    SCOPED_TRACE(point.name);
    const auto compiled = workflow::compile(point.text, workflow::Format::yaml, false);
    ASSERT_TRUE(compiled) << workflow::to_string(compiled.error(), point.name);
    const auto files = stub_files(point.name);
    EXPECT_FALSE(files.empty());
    for (const fs::path& file : files) {
      std::stringstream text;
      text << std::ifstream(file).rdbuf();
      const auto stubs = rehearsal::read_stubs(text.str());
      ASSERT_TRUE(stubs) << workflow::to_string(stubs.error(), file.string());
      EXPECT_FALSE(stubs->expected.is_empty()) << file;
      const auto rehearsed = rehearsal::rehearse(*compiled, *stubs, Time{});
      ASSERT_TRUE(rehearsed) << rehearsed.error().front().message;
      for (const std::string& line : find_differences(stubs->expected, *rehearsed))
        ADD_FAILURE() << file << ": " << line << "\n" << to_text(*rehearsed);
    }
  }
}

}  // namespace
}  // namespace callboard::authoring
