#include "shared/base/pool.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "shared/base/limits.hpp"

namespace callboard {

bool is_label(std::string_view text) {
  constexpr std::size_t kMostBytes = 63;
  return !text.empty() && text.size() <= kMostBytes &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
             std::string_view::npos;
}

std::optional<std::string> pool_of(std::span<const std::string_view> labels) {
  if (labels.empty() || !std::ranges::all_of(labels, is_label)) return std::nullopt;
  std::string out;
  for (const std::string_view label : std::set<std::string_view>(labels.begin(), labels.end()))
    out.append(out.empty() ? "" : "+").append(label);
  if (out.size() > limits::kPoolBytes) return std::nullopt;
  return out;
}

std::optional<std::string> read_pool(std::string_view text) {
  std::vector<std::string_view> labels;
  while (true) {
    const std::size_t end = text.find_first_of(",+");
    std::string_view label = text.substr(0, end);
    while (label.starts_with(' ')) label.remove_prefix(1);
    while (label.ends_with(' ')) label.remove_suffix(1);
    labels.push_back(label);
    if (end == std::string_view::npos) return pool_of(labels);
    text.remove_prefix(end + 1);
  }
}

}  // namespace callboard
