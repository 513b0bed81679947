#include <filesystem>
#include <fstream>
#include <sstream>

#include "deploy/rehearsal/report.hpp"
#include "shared/expression/value_contexts.hpp"
#include "shared/value/read.hpp"
#include "tests/unit/rehearsal/rehearsed.hpp"

namespace callboard::rehearsal {
namespace {

namespace fs = std::filesystem;

const fs::path kGuide = CALLBOARD_SOURCE "/shared/workflow/guide";

/// What stands between two lines of three ticks.
struct Block {
  std::string kind;  // behind the first three ticks: "yaml", "yaml test", …
  std::string text;
  std::string place;  // page:line
};

std::string read_page(const fs::path& page) {
  std::stringstream out;
  out << std::ifstream(page).rdbuf();
  return out.str();
}

std::vector<Block> blocks_of(const fs::path& page) {
  std::vector<Block> out;
  std::istringstream in(read_page(page));
  bool is_open = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("```")) {
      if (!is_open)
        out.push_back({line.substr(3), {}, page.filename().string() + ":" + std::to_string(number)});
      is_open = !is_open;
    } else if (is_open) {
      out.back().text += line + '\n';
    }
  }
  return out;
}

/// Every page but the index.
std::vector<fs::path> pages() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kGuide)) {
    if (entry.path().extension() == ".md" && entry.path().filename() != "README.md")
      out.push_back(entry.path());
  }
  return out;
}

void run_test(const Block& workflow, const Block& block) {
  const auto stubs = read_stubs(block.text);
  ASSERT_TRUE(stubs) << workflow::to_string(stubs.error(), block.place);
  EXPECT_FALSE(stubs->expected.is_empty()) << block.place;
  const auto out = rehearse(workflow_of(workflow.text), *stubs, *parse_time("2026-11-21T08:00:00Z"));
  ASSERT_TRUE(out) << block.place << ": " << out.error().front().message;
  for (const std::string& line : find_differences(stubs->expected, *out))
    ADD_FAILURE() << block.place << ": " << line << "\n" << to_text(*out);
}

void check_invalid(const Block& workflow, const Block& said) {
  ASSERT_EQ(said.kind, "text") << said.place;
  const auto out = workflow::compile(workflow.text);
  ASSERT_FALSE(out) << workflow.place;
  EXPECT_EQ(workflow::to_string(out.error(), "workflow.yaml"), said.text) << workflow.place;
}

void check_expressions(const Block& block) {
  constexpr std::string_view kArrow = "→";
  std::istringstream in(block.text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t arrow = line.find(kArrow);
    ASSERT_NE(arrow, std::string::npos) << block.place << ": " << line;
    const std::string source = line.substr(0, line.find_last_not_of(' ', arrow - 1) + 1);
    const std::string expected = line.substr(line.find_first_not_of(' ', arrow + kArrow.size()));
    const auto parsed = expression::parse_expression(source);
    const auto value = parsed ? expression::evaluate(*parsed, expression::ValueContexts(Object()))
                              : Result<Value>(std::unexpected(parsed.error()));
    EXPECT_EQ(value ? write_json(*value) : "error", expected) << block.place << ": " << source;
  }
}

/// Next times, strictly after the one that stands behind the zone: "ticks Europe/Paris 2026-03-28T12:00:00Z".
void check_ticks(const Block& block) {
  constexpr std::string_view kArrow = " → ";
  std::istringstream words(block.kind);
  std::string kind, zone_name, after;
  words >> kind >> zone_name >> after;
  const auto zone = schedule::Zone::find(zone_name);
  const auto start = parse_time(after);
  ASSERT_TRUE(zone && start) << block.place;
  std::istringstream in(block.text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t arrow = line.find(kArrow);
    ASSERT_NE(arrow, std::string::npos) << block.place << ": " << line;
    const std::string text = line.substr(0, line.find_last_not_of(' ', arrow) + 1);
    const std::string expected = line.substr(arrow + kArrow.size());
    const auto cron = schedule::Cron::parse(text);
    ASSERT_TRUE(cron) << block.place << ": " << text << ": " << cron.error().message;
    const schedule::Schedule times(text, *cron, *zone);
    std::string found;
    for (Time at = *start; found.size() < expected.size();) {
      at = times.next_after(at).value_or(Time::max());
      found += (found.empty() ? "" : ", ") + times.format(at);
    }
    EXPECT_EQ(found, expected) << block.place << ": " << text;
  }
}

class Guide : public testing::TestWithParam<fs::path> {};

TEST_P(Guide, EveryExampleDoesWhatThePageSays) {
  const std::vector<Block> blocks = blocks_of(GetParam());
  const Block* workflow = nullptr;  // that has no test yet, or some
  bool has_test = true;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.kind == "yaml") {
      EXPECT_TRUE(has_test) << workflow->place << ": no `yaml test` follows";
      workflow = &block;
      has_test = false;
    } else if (block.kind == "yaml test") {
      ASSERT_NE(workflow, nullptr) << block.place;
      has_test = true;
      run_test(*workflow, block);
    } else if (block.kind == "yaml invalid") {
      ASSERT_LT(i + 1, blocks.size()) << block.place;
      check_invalid(block, blocks[++i]);
    } else if (block.kind == "expressions") {
      check_expressions(block);
    } else if (block.kind.starts_with("ticks ")) {
      check_ticks(block);
    } else {
      ADD_FAILURE() << block.place
                    << ": blocks are yaml, yaml test, yaml invalid with text, expressions, or ticks";
    }
  }
  EXPECT_TRUE(has_test) << workflow->place << ": no `yaml test` follows";
  EXPECT_FALSE(blocks.empty());
}

INSTANTIATE_TEST_SUITE_P(Pages, Guide, testing::ValuesIn(pages()),
                         [](const auto& tested) { return tested.param.stem().string(); });

TEST(GuideIndex, NamesEveryPage) {
  const std::string index = read_page(kGuide / "README.md");
  for (const fs::path& page : pages()) {
    const std::string name = page.filename();
    EXPECT_NE(index.find("](" + name + ")"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace callboard::rehearsal
