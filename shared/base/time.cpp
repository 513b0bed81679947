#include "shared/base/time.hpp"

#include <array>
#include <charconv>

namespace callboard {
namespace {

using namespace std::chrono;

constexpr Micros kLongest = hours(24 * 3660);

bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

/// The offset at the end of an RFC 3339 time: Z or +hh:mm.
std::optional<minutes> read_offset(std::string_view text) {
  if (text == "Z" || text == "z") return minutes(0);
  int hour = 0;
  int minute = 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  if (!read_digits(text, 1, 2, hour) || !read_digits(text, 4, 2, minute)) return std::nullopt;
  if (hour > 23 || minute > 59) return std::nullopt;
  const minutes offset(hour * 60 + minute);
  return text[0] == '-' ? -offset : offset;
}

std::optional<double> unit_micros(std::string_view unit) {
  if (unit == "ms") return 1e3;
  if (unit == "s") return 1e6;
  if (unit == "m") return 60e6;
  if (unit == "h") return 3600e6;
  if (unit == "d") return 86400e6;
  return std::nullopt;
}

/// At least `width` digits of a number that is not negative, with zeros in front.
void append_digits(std::string& out, std::int64_t number, int width) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  for (; number > 0 || width > 0; number /= 10, --width) digits[--at] = static_cast<char>('0' + number % 10);
  out.append(digits.data() + at, digits.size() - at);
}

}  // namespace

std::string format_time(Time at) {
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<Micros> clock(at - day);
  std::string out;
  out.reserve(sizeof "2026-11-21T07:49:11.000123Z");
  const int y = static_cast<int>(date.year());
  if (y < 0) out += '-';
  append_digits(out, y < 0 ? -y : y, 4);
  append_digits(out += '-', static_cast<unsigned>(date.month()), 2);
  append_digits(out += '-', static_cast<unsigned>(date.day()), 2);
  append_digits(out += 'T', clock.hours().count(), 2);
  append_digits(out += ':', clock.minutes().count(), 2);
  append_digits(out += ':', clock.seconds().count(), 2);
  append_digits(out += '.', clock.subseconds().count(), 6);
  return out += 'Z';
}

std::optional<Time> parse_time(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  const bool shape = text.size() >= 20 && read_digits(text, 0, 4, y) && text[4] == '-' &&
                     read_digits(text, 5, 2, mo) && text[7] == '-' && read_digits(text, 8, 2, d) &&
                     (text[10] == 'T' || text[10] == 't' || text[10] == ' ') && read_digits(text, 11, 2, h) &&
                     text[13] == ':' && read_digits(text, 14, 2, mi) && text[16] == ':' &&
                     read_digits(text, 17, 2, s);
  if (!shape || h > 23 || mi > 59 || s > 60) return std::nullopt;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      fraction += scale * (text[at] - '0');
    if (at == first || at - first > 9) return std::nullopt;
  }
  const auto offset = read_offset(text.substr(at));
  if (!offset) return std::nullopt;
  return Time(sys_days(date).time_since_epoch() + hours(h) + minutes(mi) + seconds(s) + Micros(fraction) -
              *offset);
}

std::optional<Micros> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    if (text.starts_with('-')) return std::nullopt;
    double number = 0;
    const auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (problem != std::errc() || !(number >= 0)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t letters = text.find_first_not_of("dhms");
    const auto unit = unit_micros(text.substr(0, letters));
    if (!unit) return std::nullopt;
    total += number * *unit;
    text.remove_prefix(letters == std::string_view::npos ? text.size() : letters);
  }
  if (total > static_cast<double>(kLongest.count())) return std::nullopt;
  return Micros(static_cast<std::int64_t>(total + 0.5));
}

std::string format_duration(Micros duration) {
  if (duration.count() == 0) return "0s";
  std::string out;
  std::int64_t left = duration.count();
  const auto part = [&](std::int64_t size, const char* unit) {
    if (left >= size) out += std::to_string(left / size) + unit;
    left %= size;
  };
  part(86'400'000'000, "d");
  part(3'600'000'000, "h");
  part(60'000'000, "m");
  part(1'000'000, "s");
  if (left >= 1'000) out += std::to_string(left / 1'000) + "ms";
  return out.empty() ? "1ms" : out;
}

}  // namespace callboard
