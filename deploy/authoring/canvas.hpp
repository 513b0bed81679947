#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callboard::authoring {

/// Characters in rows and columns, on which lines join where they meet.
class Canvas {
 public:
  Canvas(std::size_t rows, std::size_t columns) : columns_(columns), cells_(rows * columns) {}

  /// One character a cell: ASCII, or what printable() made of the rest.
  void write(std::size_t row, std::size_t column, std::string_view text);
  void box(std::size_t row, std::size_t column, std::size_t height, std::size_t width);
  /// From one end to the other, both included. Ends join what they touch; a line that goes on passes over one
  /// that it crosses.
  void vertical(std::size_t column, std::size_t from_row, std::size_t to_row);
  void horizontal(std::size_t row, std::size_t from_column, std::size_t to_column);
  void arrow(std::size_t row, std::size_t column);

  /// Rows without blanks at their ends.
  std::string text() const;

 private:
  struct Cell {
    std::string character;  // written, or
    std::uint8_t arms = 0;  // lines to up, down, left and right
    bool joins = false;     // a vertical line ends here
  };

  Cell& at(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }

  std::size_t columns_;
  std::vector<Cell> cells_;
};

}  // namespace callboard::authoring
