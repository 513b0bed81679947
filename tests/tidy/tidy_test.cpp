// The house's rules that a compiler doesn't know: which folder may include which, names that say nothing,
// lengths.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLines = 500;
constexpr std::size_t kFunctionLines = 70;

const fs::path kRoot = CALLBOARD_SOURCE;
const std::vector<std::string> kFolders{"shared", "topics", "dispatcher", "worker", "deploy", "loadtest"};

struct Source {
  std::string path;  // from the root
  std::vector<std::string> lines;
};

std::vector<std::string> read_lines(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Source> find_sources(const std::vector<std::string>& folders) {
  std::vector<Source> sources;
  for (const std::string& folder : folders) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string ending = entry.path().extension();
      if (ending == ".cpp" || ending == ".hpp") {
        sources.push_back({fs::relative(entry.path(), kRoot), read_lines(entry.path())});
      }
    }
  }
  return sources;
}

/// The room in which a file lives: `shared/run`, `topics`, `deploy/cli`.
std::string room_of(const std::string& path) {
  const std::size_t first = path.find('/');
  const std::string top = path.substr(0, first);
  if (top != "shared") return top;
  return path.substr(0, path.find('/', first + 1));
}

/// What each room may include besides itself: STYLE's table, as sets.
const std::map<std::string, std::set<std::string>>& arrows() {
  static const std::set<std::string> shells{"shared/runtime", "shared/telemetry", "shared/config",
                                            "shared/http"};
  static const auto with = [](std::set<std::string> rooms, const std::set<std::string>& more) {
    rooms.insert(more.begin(), more.end());
    return rooms;
  };
  static const std::set<std::string> core{"shared/base",       "shared/value", "shared/schedule",
                                          "shared/expression", "shared/run",   "shared/workflow",
                                          "shared/log"};
  static const std::map<std::string, std::set<std::string>> table{
      {"shared/base", {}},
      {"shared/value", {"shared/base"}},
      {"shared/schedule", {"shared/base"}},
      {"shared/expression", {"shared/base", "shared/value"}},
      {"shared/run", {"shared/base", "shared/value", "shared/expression"}},
      {"shared/workflow",
       {"shared/base", "shared/value", "shared/schedule", "shared/expression", "shared/run"}},
      {"shared/log",
       {"shared/base", "shared/value", "shared/schedule", "shared/expression", "shared/run",
        "shared/workflow", "shared/runtime", "shared/telemetry"}},
      {"shared/runtime", {"shared/base"}},
      {"shared/telemetry", {"shared/base", "shared/value"}},
      {"shared/config", {"shared/base", "shared/value"}},
      {"shared/http", {"shared/base", "shared/value", "shared/runtime", "shared/telemetry"}},
      {"topics",
       {"shared/base", "shared/value", "shared/expression", "shared/run", "shared/runtime",
        "shared/telemetry"}},
      {"dispatcher", with(with(core, shells), {"topics"})},
      {"worker", with(with(core, shells), {"topics"})},
      {"deploy", with(with(core, shells), {"topics"})},
      {"loadtest", with(with(core, shells), {"dispatcher", "deploy", "worker"})},
  };
  return table;
}

std::string included(const std::string& line) {
  constexpr std::string_view kInclude = "#include \"";
  if (!line.starts_with(kInclude)) return {};
  return line.substr(kInclude.size(), line.find('"', kInclude.size()) - kInclude.size());
}

bool is_ours(const std::string& path) {
  return std::ranges::any_of(kFolders,
                             [&](const std::string& folder) { return path.starts_with(folder + "/"); });
}

std::string list(const std::vector<std::string>& found) {
  std::ostringstream out;
  for (const std::string& line : found) out << "\n  " << line;
  return out.str();
}

TEST(Tidy, FoldersIncludeOnlyAlongTheArrows) {
  std::vector<std::string> wrong;
  for (const Source& source : find_sources(kFolders)) {
    const std::string room = room_of(source.path);
    ASSERT_TRUE(arrows().contains(room)) << "a folder without arrows: " << room;
    for (const std::string& line : source.lines) {
      const std::string target = included(line);
      if (target.empty() || !is_ours(target)) continue;
      const std::string to = room_of(target);
      if (to != room && !arrows().at(room).contains(to)) wrong.push_back(source.path + " includes " + target);
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, OwnHeadersAreIncludedFromTheRoot) {
  std::vector<std::string> wrong;
  for (const Source& source : find_sources(kFolders)) {
    for (const std::string& line : source.lines) {
      const std::string target = included(line);
      if (!target.empty() && !fs::exists(kRoot / target)) wrong.push_back(source.path + ": " + target);
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, TheCoreKnowsNoClockThreadOrOutside) {
  const std::set<std::string> banned{"<thread>",     "<mutex>",    "<atomic>", "<future>",
                                     "<fstream>",    "<iostream>", "<random>", "<condition_variable>",
                                     "<filesystem>", "<unistd.h>"};
  std::vector<std::string> wrong;
  for (const Source& source : find_sources({"shared/run", "shared/expression"})) {
    for (const std::string& line : source.lines) {
      if (!line.starts_with("#include <")) continue;
      const std::string header = line.substr(9, line.find('>') - 8);
      const bool third_party = header.find('/') != std::string::npos && !header.starts_with("<boost/json");
      if (banned.contains(header) || third_party) wrong.push_back(source.path + " includes " + header);
    }
    for (const std::string& line : source.lines) {
      if (line.find("system_clock::now") != std::string::npos)
        wrong.push_back(source.path + " reads a clock");
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, NamesSayWhatLivesThere) {
  const std::set<std::string> banned{"utils", "util",    "common", "helpers", "helper",
                                     "misc",  "manager", "types",  "impl",    "stuff"};
  std::vector<std::string> wrong;
  auto folders = kFolders;
  folders.push_back("tests");
  for (const Source& source : find_sources(folders)) {
    for (const fs::path& part : fs::path(source.path)) {
      const std::string stem = part.stem();
      if (banned.contains(stem) || stem.ends_with("_v2") || stem.ends_with("_utils"))
        wrong.push_back(source.path);
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, FilesStayUnder500Lines) {
  std::vector<std::string> wrong;
  auto folders = kFolders;
  folders.push_back("tests");
  for (const Source& source : find_sources(folders)) {
    if (source.lines.size() > kFileLines)
      wrong.push_back(source.path + ": " + std::to_string(source.lines.size()));
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

/// Formatted code opens a function at the start of a line and closes it with a brace alone, at the same
/// indent.
std::vector<std::string> long_functions(const Source& source) {
  std::vector<std::string> found;
  for (const std::string indent : {"", "  "}) {
    std::size_t opened = 0;
    bool inside = false;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      const bool at_indent =
          line.starts_with(indent) && line.size() > indent.size() && line[indent.size()] != ' ';
      if (!at_indent) continue;
      const bool scope = line.find("namespace") != std::string::npos ||
                         line.find("class ") != std::string::npos ||
                         line.find("struct ") != std::string::npos || line.find("enum ") != std::string::npos;
      const bool data = line.find("R\"") != std::string::npos;  // a raw string is no code
      if (!scope && !data && line.ends_with("{") && line.find('(') != std::string::npos) {
        opened = i;
        inside = true;
      } else if (inside && line.starts_with(indent + "}")) {
        if (i - opened > kFunctionLines)
          found.push_back(source.path + ":" + std::to_string(opened + 1) + ": " + std::to_string(i - opened));
        inside = false;
      }
    }
  }
  return found;
}

TEST(Tidy, FunctionsFitAScreen) {
  std::vector<std::string> wrong;
  for (const Source& source : find_sources(kFolders)) {
    for (const std::string& found : long_functions(source)) wrong.push_back(found);
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, EveryFolderHasAReadme) {
  std::vector<std::string> wrong;
  std::set<std::string> rooms;
  for (const Source& source : find_sources(kFolders)) rooms.insert(room_of(source.path));
  for (const std::string& room : rooms) {
    if (!fs::exists(kRoot / room / "README.md")) wrong.push_back(room);
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

}  // namespace
