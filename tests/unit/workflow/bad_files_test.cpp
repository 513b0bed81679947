#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "shared/base/limits.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::stringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

std::vector<fs::path> bad_files() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(CALLBOARD_SOURCE "/tests/unit/workflow/bad")) {
    if (entry.path().extension() != ".expected") out.push_back(entry.path());
  }
  return out;
}

class BadFile : public testing::TestWithParam<fs::path> {};

TEST_P(BadFile, IsRefusedWithEveryProblemAtItsPlace) {
  const fs::path& file = GetParam();
  const auto out = compile(read(file));
  ASSERT_FALSE(out);
  EXPECT_EQ(to_string(out.error(), file.filename().string()), read(file.string() + ".expected"));
}

INSTANTIATE_TEST_SUITE_P(Workflow, BadFile, testing::ValuesIn(bad_files()), [](const auto& tested) {
  std::string name = tested.param.filename().string();
  std::ranges::replace(name, '.', '_');
  return name;
});

TEST(Compile, RefusesAFileThatIsTooLarge) {
  const std::string text = "name: x\nsteps: [{type: noop}]\n#" + std::string(limits::kWorkflowBytes, 'x');
  EXPECT_EQ(problems(text), "w:1:1: the file is larger than 1048576 bytes\n");
}

TEST(Compile, ShowsABoundedNumberOfProblems) {
  std::string text = "name: x\nsteps:\n";
  for (std::size_t i = 0; i < limits::kWorkflowErrors + 50; ++i) text += "  - type: nope\n";
  const auto out = compile(text);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().size(), limits::kWorkflowErrors + 1);
  EXPECT_EQ(out.error().back().message, "more is wrong: only 100 problems are shown");
}

TEST(Compile, RefusesMoreStepsThanARunHolds) {
  std::string text = "name: x\nsteps:\n";
  for (std::size_t i = 0; i <= limits::kSteps; ++i) text += "  - type: noop\n";
  EXPECT_EQ(problems(text), "w:3:3: steps: found 1001 steps, expected at most 1000\n");
}

TEST(ToString, ShowsControlCharactersOfTheFile) {
  const std::string shown = problems("name: x\nsteps: [{type: \"\\e[31mred\"}]\n");
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_NE(shown.find("\\x1b[31mred"), std::string::npos);
}

}  // namespace
}  // namespace callboard::workflow
