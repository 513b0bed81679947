#include "shared/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "shared/base/plain_prefix.hpp"

namespace callboard {
namespace {

bool is_shown(std::uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool bidirectional =
      (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return !control && !bidirectional && c != 0x2028 && c != 0x2029 && c != 0xfeff;
}

/// How many letters are put in, left out, changed or swapped with their neighbour between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

CodePoint read_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  std::uint32_t value = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, size};
}

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

std::string printable(std::string_view text, bool keep_newlines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = read_code_point(text);
    std::array<char, 16> escape{};
    if (c.size == 0) {
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<std::uint8_t>(text[0]));
      out += escape.data();
    } else if (is_shown(c.value) || c.value == '\t' || (keep_newlines && c.value == '\n')) {
      out += text.substr(0, c.size);
    } else {
      std::snprintf(escape.data(), escape.size(), c.value < 0x100 ? "\\x%02x" : "\\u%04x", c.value);
      out += escape.data();
    }
    text.remove_prefix(std::max<std::size_t>(c.size, 1));
  }
  return out;
}

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  if (word.size() > 100) return best;
  for (const std::string_view name : known) {
    const std::size_t gap = word.size() > name.size() ? word.size() - name.size() : name.size() - word.size();
    if (gap >= best_distance) continue;
    const std::size_t d = distance(word, name);
    if (d < best_distance) {
      best_distance = d;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view nearest = nearest_name(word, known);
  return nearest.empty() ? "" : ": did you mean '" + std::string(nearest) + "'?";
}

std::size_t utf8_prefix(std::string_view text) {
  std::size_t good = 0;
  while (good < text.size()) {
    if (good + 8 <= text.size() && words::is_ascii(words::load(text, good))) {
      good += 8;
      continue;
    }
    const CodePoint c = read_code_point(text.substr(good));
    if (c.size == 0) break;
    good += c.size;
  }
  return good;
}

}  // namespace callboard
