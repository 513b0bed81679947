#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "shared/schedule/cron.hpp"

namespace callboard::schedule {

/// What one field of a cron expression may hold.
struct CronFieldRule {
  std::string_view name;
  unsigned least = 0;
  unsigned most = 0;
  std::span<const std::string_view> names = {};  // the first stands for `least`
  bool may_wrap = false;                         // fri-mon
  bool has_days = false;                         // ? stands for *
};

/// A part of the expression with its place.
struct CronText {
  std::string_view text;
  std::size_t column = 1;  // of its first byte

  CronText from(std::size_t offset, std::size_t count = std::string_view::npos) const {
    return {text.substr(offset, count), column + offset};
  }
};

std::unexpected<CronProblem> refuse(const CronFieldRule& rule, CronText found, std::string_view expected);
std::expected<unsigned, CronProblem> read_number(const CronFieldRule& rule, CronText text);
/// One item of a list: *, ?, 5, 5-10, */2, 5-10/2, 5/2 (from 5 to the end in steps of 2), with names for
/// numbers. Bits least … most.
std::expected<std::uint64_t, CronProblem> read_range(const CronFieldRule& rule, CronText item);

/// Calls `read` with each item of a comma-separated list, until one is refused.
template <typename Read>
std::optional<CronProblem> each_item(CronText field, Read read) {
  for (std::size_t begin = 0; begin <= field.text.size();) {
    const std::size_t comma = std::min(field.text.find(',', begin), field.text.size());
    if (auto problem = read(field.from(begin, comma - begin))) return problem;
    begin = comma + 1;
  }
  return std::nullopt;
}

}  // namespace callboard::schedule
