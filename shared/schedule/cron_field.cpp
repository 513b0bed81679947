#include "shared/schedule/cron_field.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "shared/base/text.hpp"

namespace callboard::schedule {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_without_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string expected_numbers(const CronFieldRule& rule) {
  std::string out = "a number from " + std::to_string(rule.least) + " to " + std::to_string(rule.most);
  if (!rule.names.empty())
    out += " or a name such as " + std::string(rule.names.front()) + " or " + std::string(rule.names[1]);
  return out;
}

std::expected<unsigned, CronProblem> read_step(const CronFieldRule& rule, CronText text) {
  const unsigned span = rule.most - rule.least;
  unsigned step = 0;
  const char* const end = text.text.data() + text.text.size();
  const auto read = std::from_chars(text.text.data(), end, step);
  if (text.text.empty() || read.ec != std::errc() || read.ptr != end || step == 0 || step > span)
    return refuse(rule, text, "a step from 1 to " + std::to_string(span));
  return step;
}

/// The two ends of 5-10, of 5 alone, and of 5 before a step.
std::expected<std::pair<unsigned, unsigned>, CronProblem> read_ends(const CronFieldRule& rule, CronText text,
                                                                    bool has_step) {
  const std::size_t dash = text.text.find('-');
  const auto first = read_number(rule, text.from(0, dash));
  if (!first) return std::unexpected(first.error());
  if (dash == std::string_view::npos) return std::pair(*first, has_step ? rule.most : *first);
  const auto last = read_number(rule, text.from(dash + 1));
  if (!last) return std::unexpected(last.error());
  if (*first > *last && !rule.may_wrap) return refuse(rule, text, "a range that goes upwards");
  return std::pair(*first, *last);
}

std::uint64_t every(unsigned first, unsigned last, unsigned step) {
  std::uint64_t set = 0;
  for (unsigned at = first; at <= last; at += step) set |= std::uint64_t{1} << at;
  return set;
}

}  // namespace

std::unexpected<CronProblem> refuse(const CronFieldRule& rule, CronText found, std::string_view expected) {
  std::string message(rule.name);
  message += ": found ";
  message += found.text.empty() ? "nothing" : "'" + printable(found.text) + "'";
  message += " at column " + std::to_string(found.column) + ", expected " + std::string(expected);
  return std::unexpected(CronProblem{found.column, std::move(message)});
}

std::expected<unsigned, CronProblem> read_number(const CronFieldRule& rule, CronText text) {
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    if (equal_without_case(text.text, rule.names[i])) return rule.least + static_cast<unsigned>(i);
  }
  unsigned number = 0;
  const char* const end = text.text.data() + text.text.size();
  const auto read = std::from_chars(text.text.data(), end, number);
  const bool is_number =
      !text.text.empty() && is_digit(text.text.front()) && read.ec == std::errc() && read.ptr == end;
  if (!is_number || number < rule.least || number > rule.most) {
    const bool is_word = !text.text.empty() && !is_digit(text.text.front());
    return refuse(rule, text,
                  expected_numbers(rule) + (is_word ? did_you_mean(text.text, rule.names) : std::string()));
  }
  return number;
}

std::expected<std::uint64_t, CronProblem> read_range(const CronFieldRule& rule, CronText item) {
  const std::size_t slash = item.text.find('/');
  const bool has_step = slash != std::string_view::npos;
  const CronText range = item.from(0, slash);
  const bool is_star = range.text == "*" || (range.text == "?" && rule.has_days);
  std::pair ends(rule.least, rule.most);
  if (!is_star) {
    const auto read = read_ends(rule, range, has_step);
    if (!read) return std::unexpected(read.error());
    ends = *read;
  }
  unsigned step = 1;
  if (has_step) {
    const auto read = read_step(rule, item.from(slash + 1));
    if (!read) return std::unexpected(read.error());
    step = *read;
  }
  if (ends.first <= ends.second) return every(ends.first, ends.second, step);
  // fri-mon: the days of the week go round, so 7 is Sunday and 8 Monday.
  constexpr unsigned kWeek = 7;
  const std::uint64_t wide = every(ends.first, ends.second + kWeek, step);
  return (wide & 0x7f) | (wide >> kWeek);
}

}  // namespace callboard::schedule
