#include "deploy/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "shared/base/text.hpp"

namespace callboard::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

/// The length of the escape sequence that begins at `at`: the ones that paint() makes.
std::size_t escape_size(std::string_view text, std::size_t at) {
  const auto end = text.find('m', at);
  return end == std::string_view::npos ? text.size() - at : end + 1 - at;
}

winsize window_size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    return {24, 80, 0, 0};
  return size;
}

}  // namespace

Terminal::Terminal() : live_(isatty(STDOUT_FILENO) == 1), colour_(false) {
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): before threads start
  const char* kind = std::getenv("TERM");           // NOLINT(concurrency-mt-unsafe): before threads start
  if (kind != nullptr && std::string_view(kind) == "dumb") live_ = false;
  colour_ = live_ && (no_colour == nullptr || *no_colour == '\0');
}

std::size_t Terminal::rows() const { return window_size().ws_row; }
std::size_t Terminal::columns() const { return window_size().ws_col; }

void Terminal::print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Terminal::line(std::string_view text) const { print(std::string(text) + "\n"); }

void Terminal::error(std::string_view text) const {
  const std::string whole = std::string(text) + (text.ends_with('\n') ? "" : "\n");
  std::fwrite(whole.data(), 1, whole.size(), stderr);
}

std::string paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::none) return std::string(text);
  constexpr std::string_view kCodes[] = {"", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[36m"};
  return std::string(kCodes[static_cast<std::size_t>(colour)]) + std::string(text) + std::string(kReset);
}

LiveLines::LiveLines(const Terminal& terminal) : terminal_(terminal) { terminal_.print("\x1b[?25l"); }
LiveLines::~LiveLines() { terminal_.print("\x1b[?25h"); }

void LiveLines::draw(const std::vector<std::string>& lines) {
  const std::size_t rows = terminal_.rows();
  const std::size_t columns = terminal_.columns();
  const std::size_t room = std::max<std::size_t>(rows, 4) - 2;
  std::string out;
  if (drawn_ > 0) out += "\x1b[" + std::to_string(drawn_) + "A";
  drawn_ = 0;
  const auto add = [&](std::string_view line) {
    out += "\r\x1b[2K" + cut_to(line, columns - 1) + "\n";
    ++drawn_;
  };
  const std::size_t left_out = lines.size() > room ? lines.size() - room + 1 : 0;
  const std::size_t head = left_out == 0 ? lines.size() : room / 2;
  for (std::size_t i = 0; i < head; ++i) add(lines[i]);
  if (left_out > 0) {
    add("  … " + std::to_string(left_out) + " more");
    for (std::size_t i = head + left_out; i < lines.size(); ++i) add(lines[i]);
  }
  terminal_.print(out + "\x1b[J");
}

std::string format_table(const std::vector<std::string>& heading,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  widths.reserve(heading.size());
  for (const std::string& cell : heading) widths.push_back(shown_width(cell));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], shown_width(row[i]));
  }
  std::string out;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - shown_width(row[i]) + 2, ' ');
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  add(heading);
  for (const auto& row : rows) add(row);
  return out;
}

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      i += escape_size(text, i);
      continue;
    }
    if (!is_continuation(text[i])) ++width;
    ++i;
  }
  return width;
}

std::string cut_to(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t shown = 0;
  bool painted = false;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      const std::size_t size = escape_size(text, i);
      out += text.substr(i, size);
      painted = true;
      i += size;
      continue;
    }
    if (!is_continuation(text[i]) && ++shown > width) break;
    out += text[i++];
  }
  if (painted && !out.ends_with(kReset)) out += kReset;
  return out;
}

}  // namespace callboard::cli
