#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace callboard::config {

/// What is wrong with the settings, and where: "callboard.yaml:3:9", "--listen", "CALLBOARD_LISTEN".
struct Problem {
  std::string place;
  std::string message;

  friend bool operator==(const Problem&, const Problem&) = default;
};
using Problems = std::vector<Problem>;

/// A leaf of the settings file: `log: {level: debug}` is the path log.level.
struct FileEntry {
  std::string path;
  std::string value;  // a list's items by commas
  std::string place;  // file:line:column of the value
};

/// Reads YAML of nested maps whose leaves are texts or lists of texts; anything else (anchors, aliases, tags,
/// several documents, a key twice, beyond 64 KiB, deeper than 8) is a problem. `name` is the file's name in
/// places.
std::expected<std::vector<FileEntry>, Problems> parse_settings_file(std::string_view name,
                                                                    std::string_view text);

}  // namespace callboard::config
