#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "shared/value/write.hpp"
#include "shared/workflow/yaml_reader.hpp"

namespace callboard::workflow {
namespace {

namespace fs = std::filesystem;

std::string text_of(Position at) { return std::to_string(at.line) + ":" + std::to_string(at.column); }

/// Everything that a tree holds, but for the ends of lists and maps.
std::string text_of(const Node& node) {
  std::string out = text_of(node.key_at) + " " + node.key + " = " + text_of(node.at);
  const bool is_scalar = !node.is_list() && !node.is_map();
  if (is_scalar) out += " to " + text_of(node.end);
  out += " kind " + std::to_string(static_cast<int>(node.kind)) + " '" + node.text + "' " +
         write_json(node.scalar) + " of " + std::to_string(node.nodes) + ", " + std::to_string(node.height) +
         "\n";
  for (const Node& child : node.children) out += text_of(child);
  return out;
}

std::string text_of(const ReadTree& tree) { return tree ? text_of(*tree) : to_string(tree.error(), "y"); }

/// Whether it is common; then both readers say the same.
bool is_read_alike(const std::string& yaml) {
  const auto common = read_common_yaml(yaml);
  if (!common) return false;
  EXPECT_EQ(text_of(*common), text_of(read_yaml_events(yaml))) << yaml;
  return true;
}

std::string read(const fs::path& file) {
  std::stringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

/// The examples of the guide, and what stands in the folder of bad files.
std::vector<std::string> written_files() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(CALLBOARD_SOURCE "/shared/workflow/guide")) {
    const std::string page = read(entry.path());
    constexpr std::string_view kOpening = "```yaml\n";
    for (std::size_t at = page.find(kOpening); at != std::string::npos; at = page.find(kOpening, at)) {
      at += kOpening.size();
      out.push_back(page.substr(at, page.find("```", at) - at));
    }
  }
  for (const auto& entry : fs::directory_iterator(CALLBOARD_SOURCE "/tests/unit/workflow/bad")) {
    if (entry.path().extension() == ".yaml") out.push_back(read(entry.path()));
  }
  return out;
}

TEST(CommonYaml, IsReadAsLibyamlReadsIt) {
  for (const char* yaml : {
           "a: 1",
           "# first\n---\n\na: b\n",
           "a: 1\nb: x y # said\n\n# more\nc: -2.5\n",
           "# first\n\na:\n  b:\n    c: true\n  d: ~\ne:\n",
           "a:   # of\n  - x\n  -   key: y\n      b: z\n  - 'it''s'\nb:\n- 1\n- {c: d}\nc: e\n",
           "a: {b: [1, two, \"three\"], c: {}, d: [], 'e': http://x/y#z}\n",
           "\"a b\": \"q \\\"w\\\" \\\\ \\n\\t\"\n'c': ''\n",
           "a: ü – ☃ 🚀\nü: {ß: [é, b]} # é\n",
           "a: |\n  one\n   two\n\n  three\n\n\nb: |-\n    four # no comment\nc: 5\n",
           "a:\n  - |\n    x\n  - y\n",
           "a: x:y -z ? [b], {c} & * ! | > ' \" % @ `\n",
       }) {
    EXPECT_TRUE(is_read_alike(yaml)) << yaml;
  }
}

TEST(CommonYaml, LeavesAloneWhatIsNotCommon) {
  for (const char* yaml : {
           "",
           "a",
           "[a]",
           "{a: 1}",
           "- a",
           "  a: 1",
           "a: &x 1",
           "a: *x",
           "a: !t x",
           "? a\n: b",
           "a: >\n  b\n",
           "a: |+\n  b\n",
           "a: |2\n  b\n",
           "a: b\n  c\n",
           "a: \"b\n  c\"\n",
           "a: 'b\n  c'\n",
           "a: [b,\n  c]\n",
           "a: [b, ]",
           "a: {b}",
           "a: {b: , c: d}",
           "a: [b: c]",
           "a: {\"b\":1}",
           "a: b: c",
           "a: b\na: c",
           "<<: b",
           "'': b",
           "a: 1e999",
           "a:\tb",
           "a: b\r\n",
           "a: \x7f",
           "a: \xff",
           "---\n---\na: b\n",
           "--- a",
           "--- # x\na: b\n",
           "a: b\n---\n",
           "a: b\n...\n",
           "%YAML 1.2\n---\na: b\n",
           "a: \"\\x41\"",
           "a:\n  - - b\n",
           "a:\n  -\n    b\n",
           "a:\n   b: c\n  d: e\n",
           "a:\n- b\n c: d\n",
           "a: [b]c",
           "a: 'b'#c",
           "a : b",
           "\xef\xbb\xbf"
           "a: b",
       }) {
    EXPECT_FALSE(read_common_yaml(yaml)) << yaml;
  }
}

TEST(CommonYaml, LeavesAloneWhatIsDeepOrLarge) {
  EXPECT_FALSE(read_common_yaml("a: " + std::string(30, '[') + std::string(30, ']')));
  EXPECT_FALSE(read_common_yaml(std::string(300, 'k') + ": 1"));
  std::string many = "a: [0";
  for (int i = 0; i < 60'000; ++i) many += ", 0";
  EXPECT_FALSE(read_common_yaml(many + "]"));
}

TEST(CommonYaml, HoldsForWhatPeopleWrite) {
  const auto files = written_files();
  std::size_t common = 0;
  for (const std::string& file : files) common += is_read_alike(file) ? 1 : 0;
  EXPECT_GT(common, files.size() / 2);
}

/// Files with a few bytes put in, left out, changed and copied: few of them mean what they did.
TEST(CommonYaml, HoldsForWhatNobodyMeant) {
  constexpr std::string_view kBytes = "\n\n\n    --::,,[]{}#&*!|>'\"%@`?ab1.\\~<\t\r\xc3\xa4=";
  constexpr int kFiles = 20'000;
  constexpr std::size_t kMostBytes = 300;
  const auto files = written_files();
  std::mt19937 random(6);
  const auto below = [&](std::size_t most) { return random() % most; };
  int common = 0;
  for (int n = 0; n < kFiles; ++n) {
    std::string file = files[below(files.size())];
    const std::size_t cut = file.size() > kMostBytes ? file.find('\n', below(file.size() - kMostBytes)) : 0;
    file = file.substr(cut == 0 || cut == std::string::npos ? 0 : cut + 1, kMostBytes);
    for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
      const std::size_t at = below(file.size() + 1);
      const std::size_t edit = below(4);
      if (edit == 0) file.erase(at, 1 + below(3));
      if (edit == 1) file.insert(at, 1, kBytes[below(kBytes.size())]);
      if (edit == 2) file.insert(at, file.substr(below(file.size() + 1), below(20)));
      if (edit == 3) file.insert(at, "\n" + std::string(below(5), ' '));
    }
    common += is_read_alike(file) ? 1 : 0;
  }
  EXPECT_GT(common, kFiles / 20);
}

}  // namespace
}  // namespace callboard::workflow
