#include "deploy/authoring/canvas.hpp"

#include <algorithm>
#include <array>

#include "shared/base/text.hpp"

namespace callboard::authoring {
namespace {

constexpr std::uint8_t kUp = 1, kDown = 2, kLeft = 4, kRight = 8;

/// By arms. Where lines cross without a join, the vertical one is shown alone.
constexpr std::array<std::string_view, 16> kLines = {" ", "╵", "╷", "│", "╴", "┘", "┐", "┤",
                                                     "╶", "└", "┌", "├", "─", "┴", "┬", "│"};

}  // namespace

void Canvas::write(std::size_t row, std::size_t column, std::string_view text) {
  while (!text.empty() && column < columns_) {
    std::size_t size = 1;
    while (size < text.size() && is_continuation(text[size])) ++size;
    at(row, column++).character = text.substr(0, size);
    text.remove_prefix(size);
  }
}

void Canvas::box(std::size_t row, std::size_t column, std::size_t height, std::size_t width) {
  const std::size_t bottom = row + height - 1;
  const std::size_t right = column + width - 1;
  horizontal(row, column, right);
  horizontal(bottom, column, right);
  vertical(column, row, bottom);
  vertical(right, row, bottom);
}

void Canvas::vertical(std::size_t column, std::size_t from_row, std::size_t to_row) {
  const auto [first, last] = std::minmax(from_row, to_row);
  for (std::size_t row = first; row <= last; ++row) {
    if (row > first) at(row, column).arms |= kUp;
    if (row < last) at(row, column).arms |= kDown;
  }
  at(first, column).joins = true;
  at(last, column).joins = true;
}

void Canvas::horizontal(std::size_t row, std::size_t from_column, std::size_t to_column) {
  const auto [first, last] = std::minmax(from_column, to_column);
  for (std::size_t column = first; column <= last; ++column) {
    if (column > first) at(row, column).arms |= kLeft;
    if (column < last) at(row, column).arms |= kRight;
  }
}

void Canvas::arrow(std::size_t row, std::size_t column) { at(row, column).character = "▼"; }

std::string Canvas::text() const {
  std::string out;
  for (std::size_t begin = 0; begin < cells_.size(); begin += columns_) {
    std::string row;
    for (std::size_t column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[begin + column];
      const bool is_join = cell.arms == (kUp | kDown | kLeft | kRight) && cell.joins;
      row += !cell.character.empty() ? std::string_view(cell.character) : is_join ? "┼" : kLines[cell.arms];
    }
    row.erase(row.find_last_not_of(' ') + 1);
    out += row + '\n';
  }
  return out;
}

}  // namespace callboard::authoring
