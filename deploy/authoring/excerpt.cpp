#include "deploy/authoring/excerpt.hpp"

#include <algorithm>

#include "shared/base/text.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::authoring {
namespace {

constexpr std::size_t kWidest = 100;  // of a shown line, in characters
constexpr std::size_t kBefore = 60;   // of them before the place, where the line is cut

/// The lines of a file, found once for all its problems.
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

/// What each character of the line looks like.
std::vector<std::string> shown_characters(std::string_view line) {
  std::vector<std::string> out;
  while (!line.empty()) {
    const std::size_t size = std::max<std::size_t>(read_code_point(line).size, 1);
    const std::string_view character = line.substr(0, size);
    out.push_back(character == "\t" ? " " : printable(character));
    line.remove_prefix(size);
  }
  return out;
}

std::string show_line(std::string_view line, int number, int column) {
  const std::vector<std::string> characters = shown_characters(line);
  const std::size_t place = std::min(static_cast<std::size_t>(std::max(column, 1)) - 1, characters.size());
  const bool is_cut = characters.size() > kWidest;
  const std::size_t first = is_cut && place > kBefore ? place - kBefore : 0;
  const std::size_t last = std::min(characters.size(), first + kWidest);
  std::string shown = first > 0 ? "…" : "";
  std::string pad(count_characters(shown), ' ');
  for (std::size_t i = first; i < last; ++i) {
    shown += characters[i];
    if (i < place) pad.append(count_characters(characters[i]), ' ');
  }
  if (last < characters.size()) shown += "…";
  const std::string margin = std::to_string(number);
  return "  " + margin + " | " + shown + "\n  " + std::string(margin.size(), ' ') + " | " + pad + "^\n";
}

}  // namespace

std::string show_problems(const std::vector<workflow::Problem>& problems, std::string_view file_name,
                          std::string_view text) {
  const std::vector<std::string_view> lines = split_lines(workflow::without_mark(text));
  std::string out;
  for (const workflow::Problem& problem : problems) {
    out += printable(to_string(problem, file_name)) + '\n';
    const auto line = static_cast<std::size_t>(std::max(problem.line, 1)) - 1;
    if (line < lines.size()) out += show_line(lines[line], problem.line, problem.column);
  }
  return out;
}

}  // namespace callboard::authoring
