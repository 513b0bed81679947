#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace callboard::cli {

/// Where a command writes. What came from outside goes through printable() before it is handed here.
class Terminal {
 public:
  /// Standard output and error. Colours and redrawing only on a terminal, colours not with NO_COLOR.
  Terminal();

  bool is_live() const { return live_; }
  bool has_colour() const { return colour_; }
  std::size_t rows() const;
  std::size_t columns() const;

  void print(std::string_view text) const;  // standard output, as it is
  void line(std::string_view text) const;   // and a newline
  void error(std::string_view text) const;  // a line on standard error

 private:
  bool live_;
  bool colour_;
};

enum class Colour : unsigned char { none, dim, green, red, yellow, cyan };
/// `text` in the colour, or as it is.
std::string paint(std::string_view text, Colour colour, bool enabled);

/// Lines that are drawn again in the place where they were. The cursor is hidden until the end.
class LiveLines {
 public:
  explicit LiveLines(const Terminal& terminal);
  /// Leaves what was drawn last, and shows the cursor.
  ~LiveLines();
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  /// Lines beyond the screen's height are left out from the middle.
  void draw(const std::vector<std::string>& lines);

 private:
  const Terminal& terminal_;
  std::size_t drawn_ = 0;
};

/// Rows of cells under a heading, each column as wide as its widest cell.
std::string format_table(const std::vector<std::string>& heading,
                         const std::vector<std::vector<std::string>>& rows);
/// How many columns `text` takes: its code points, without escape sequences.
std::size_t shown_width(std::string_view text);
/// The first `width` columns of it.
std::string cut_to(std::string_view text, std::size_t width);

}  // namespace callboard::cli
