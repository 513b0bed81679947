#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/schedule/cron_field.hpp"

namespace callboard::schedule {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMonthNames = {"JAN"sv, "FEB"sv, "MAR"sv, "APR"sv, "MAY"sv, "JUN"sv,
                                    "JUL"sv, "AUG"sv, "SEP"sv, "OCT"sv, "NOV"sv, "DEC"sv};
constexpr std::array kDayNames = {"SUN"sv, "MON"sv, "TUE"sv, "WED"sv, "THU"sv, "FRI"sv, "SAT"sv};

constexpr CronFieldRule kSecond = {.name = "second", .least = 0, .most = 59};
constexpr CronFieldRule kMinute = {.name = "minute", .least = 0, .most = 59};
constexpr CronFieldRule kHour = {.name = "hour", .least = 0, .most = 23};
constexpr CronFieldRule kDay = {.name = "day of month", .least = 1, .most = 31, .has_days = true};
constexpr CronFieldRule kMonth = {.name = "month", .least = 1, .most = 12, .names = kMonthNames};
constexpr CronFieldRule kWeekday = {
    .name = "day of week", .least = 0, .most = 7, .names = kDayNames, .may_wrap = true, .has_days = true};

struct Macro {
  std::string_view name;
  std::string_view means;
};
constexpr std::array kMacros = {
    Macro{"@yearly", "0 0 1 1 *"}, Macro{"@annually", "0 0 1 1 *"}, Macro{"@monthly", "0 0 1 * *"},
    Macro{"@weekly", "0 0 * * 0"}, Macro{"@daily", "0 0 * * *"},    Macro{"@midnight", "0 0 * * *"},
    Macro{"@hourly", "0 * * * *"},
};

std::vector<CronText> split(std::string_view text) {
  std::vector<CronText> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
    out.push_back({text.substr(begin, end - begin), begin + 1});
    at = end;
  }
  return out;
}

std::unexpected<CronProblem> refuse_all(std::string message) {
  return std::unexpected(CronProblem{1, std::move(message)});
}

std::expected<std::string_view, CronProblem> find_macro(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Macro& macro : kMacros) {
    if (macro.name == word) return macro.means;
    names.push_back(macro.name);
  }
  const std::string meant = did_you_mean(word, names);
  return refuse_all("found '" + printable(word) +
                    "' at column 1, expected @yearly, @monthly, @weekly, @daily or @hourly" + meant);
}

bool begins_with_star(CronText field) { return field.text.starts_with('*') || field.text.starts_with('?'); }

/// 7 is Sunday, as 0 is.
std::uint8_t fold_week(std::uint64_t set) {
  return static_cast<std::uint8_t>((set & 0x7f) | ((set >> 7U) & 1U));
}

}  // namespace

/// Reads one field after the other into a Cron.
class CronParser {
 public:
  std::expected<Cron, CronProblem> read(std::span<const CronText> fields) {
    const std::size_t first = fields.size() - 5;
    std::optional<CronProblem> problem;
    if (first == 1) {
      cron_.seconds_ = 0;
      problem = read_sets(kSecond, fields[0], cron_.seconds_);
    }
    if (!problem) problem = read_sets(kMinute, fields[first], cron_.minutes_);
    if (!problem) problem = read_hour(fields[first + 1]);
    if (!problem) problem = read_day(fields[first + 2]);
    if (!problem) problem = read_month(fields[first + 3]);
    if (!problem) problem = read_weekday(fields[first + 4]);
    if (problem) return std::unexpected(*std::move(problem));
    return cron_;
  }

 private:
  static std::optional<CronProblem> read_sets(const CronFieldRule& rule, CronText field, std::uint64_t& set) {
    return each_item(field, [&](CronText item) -> std::optional<CronProblem> {
      const auto range = read_range(rule, item);
      if (!range) return range.error();
      set |= *range;
      return std::nullopt;
    });
  }

  std::optional<CronProblem> read_hour(CronText field) {
    std::uint64_t set = 0;
    auto problem = read_sets(kHour, field, set);
    cron_.hours_ = static_cast<std::uint32_t>(set);
    return problem;
  }

  std::optional<CronProblem> read_month(CronText field) {
    std::uint64_t set = 0;
    auto problem = read_sets(kMonth, field, set);
    cron_.months_ = static_cast<std::uint32_t>(set);
    return problem;
  }

  std::optional<CronProblem> read_day(CronText field) {
    cron_.days_.day_is_star = begins_with_star(field);
    return each_item(field, [&](CronText item) -> std::optional<CronProblem> {
      if (item.text == "L" || item.text == "l") {
        cron_.days_.last_day = true;
        return std::nullopt;
      }
      const auto range = read_range(kDay, item);
      if (!range) {
        if (item.text.find_first_of("LlWw") == std::string_view::npos) return range.error();
        return refuse(kDay, item, "a number from 1 to 31, or L for the last day of the month").error();
      }
      cron_.days_.days |= static_cast<std::uint32_t>(*range);
      return std::nullopt;
    });
  }

  std::optional<CronProblem> read_weekday(CronText field) {
    cron_.days_.weekday_is_star = begins_with_star(field);
    return each_item(field, [&](CronText item) -> std::optional<CronProblem> {
      if (const std::size_t hash = item.text.find('#'); hash != std::string_view::npos)
        return read_nth(item, hash);
      if (item.text.ends_with('L') || item.text.ends_with('l')) return read_last(item);
      const auto range = read_range(kWeekday, item);
      if (!range) return range.error();
      cron_.days_.weekdays |= fold_week(*range);
      return std::nullopt;
    });
  }

  /// mon#2
  std::optional<CronProblem> read_nth(CronText item, std::size_t hash) {
    const auto weekday = read_number(kWeekday, item.from(0, hash));
    if (!weekday) return weekday.error();
    const CronText number = item.from(hash + 1);
    if (number.text.size() != 1 || number.text[0] < '1' || number.text[0] > '5')
      return refuse(kWeekday, number, "which one of the month behind the #, from 1 to 5").error();
    cron_.days_.nth[*weekday % 7] |=
        static_cast<std::uint8_t>(1U << static_cast<unsigned>(number.text[0] - '0'));
    return std::nullopt;
  }

  /// friL, 5L
  std::optional<CronProblem> read_last(CronText item) {
    if (item.text.size() == 1)
      return refuse(kWeekday, item, "a day before the L: friL is the last Friday of the month").error();
    const auto weekday = read_number(kWeekday, item.from(0, item.text.size() - 1));
    if (!weekday) return weekday.error();
    cron_.days_.last_weekdays |= static_cast<std::uint8_t>(1U << (*weekday % 7));
    return std::nullopt;
  }

  Cron cron_;
};

std::expected<Cron, CronProblem> Cron::parse(std::string_view text) {
  if (text.size() > limits::kCronBytes)
    return refuse_all("found " + std::to_string(text.size()) + " bytes, expected at most " +
                      std::to_string(limits::kCronBytes));
  auto fields = split(text);
  if (fields.size() == 1 && fields[0].text.starts_with('@')) {
    const auto means = find_macro(fields[0].text);
    if (!means) return std::unexpected(means.error());
    fields = split(*means);
  }
  if (fields.size() != 5 && fields.size() != 6) {
    return refuse_all("found " + std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") +
                      ", expected 5 (minute, hour, day of month, month, day of week) or 6 (second first)");
  }
  auto cron = CronParser().read(fields);
  // A leap year first, so that 29 February is near.
  constexpr WallTime kFrom{std::chrono::local_days(std::chrono::year(2024) / 1 / 1)};
  if (cron && !cron->next(kFrom)) {
    const CronText day = fields[fields.size() - 3];
    return std::unexpected(CronProblem{day.column, "it never fires: found '" + printable(text) +
                                                       "', expected a day that comes in one of its months"});
  }
  return cron;
}

}  // namespace callboard::schedule
