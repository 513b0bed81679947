#include "shared/schedule/zone.hpp"

#include <cctz/time_zone.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "shared/base/text.hpp"

namespace callboard::schedule {

struct Zone::Data {
  cctz::time_zone zone;
};

namespace {

std::string folder() {
  const char* const given = std::getenv("TZDIR");
  return given != nullptr && *given != '\0' ? given : "/usr/share/zoneinfo";
}

/// The names of zones and links, as tzdata.zi lists them: lines "Z name …" and "L target name". Empty where
/// the file is missing: then there are no suggestions.
std::vector<std::string> read_names() {
  std::vector<std::string> names;
  std::ifstream file(folder() + "/tzdata.zi");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind, first, second;
    words >> kind >> first >> second;
    if (kind == "Z") names.push_back(first);
    if (kind == "L") names.push_back(second);
  }
  return names;
}

std::string suggest(std::string_view name) {
  const std::vector<std::string> names = read_names();
  const std::vector<std::string_view> known(names.begin(), names.end());
  if (std::string meant = did_you_mean(name, known); !meant.empty()) return meant;
  // Paris
  const auto city = std::ranges::find_if(known, [&](std::string_view one) {
    const std::size_t slash = one.rfind('/');
    return slash != std::string_view::npos && did_you_mean(name, std::array{one.substr(slash + 1)}) != "";
  });
  return city == known.end() ? std::string() : ": did you mean '" + std::string(*city) + "'?";
}

/// The library opens any path, and has names of its own for fixed offsets: neither is meant here. posix/ and
/// right/ are other builds of the same zones, the latter with leap seconds.
bool is_zone_name(std::string_view name) {
  constexpr std::size_t kMost = 64;
  const bool has_letters = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
  const bool is_path = name.starts_with('/') || name.ends_with('/') || name.contains("//");
  constexpr std::array<std::string_view, 4> kOther = {"posix/", "right/", "Fixed/", "localtime"};
  const bool is_other =
      std::ranges::any_of(kOther, [&](std::string_view other) { return name.starts_with(other); });
  return !name.empty() && name.size() <= kMost && has_letters && !is_path && !is_other;
}

cctz::time_point<cctz::seconds> to_point(Instant at) {
  return cctz::time_point<cctz::seconds>(at.time_since_epoch());
}

std::chrono::seconds offset_of(const cctz::time_zone& zone, cctz::time_point<cctz::seconds> at) {
  return std::chrono::seconds(zone.lookup(at).offset);
}

/// What stands on a wall clock, as if it were UTC.
Instant as_utc(const cctz::civil_second& wall) {
  return Instant(cctz::convert(wall, cctz::utc_time_zone()).time_since_epoch());
}

Zone::Change change_of(const cctz::time_zone& zone, const cctz::time_zone::civil_transition& wall,
                       Instant just_before) {
  const std::chrono::seconds before = offset_of(zone, to_point(just_before));
  const Instant at = as_utc(wall.from) - before;
  return {at, before, as_utc(wall.to) - at};
}

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  static const std::string kExpected = ", expected a zone of the system's tzdata such as Europe/Paris or UTC";
  Data data;
  if (!is_zone_name(name) || !cctz::load_time_zone(std::string(name), &data.zone))
    return fail(ErrorCode::not_found, "found '" + printable(name) + "'" + kExpected + suggest(name));
  return Zone(std::string(name), std::make_shared<const Data>(std::move(data)));
}

std::chrono::seconds Zone::offset_at(Instant at) const { return offset_of(data_->zone, to_point(at)); }

std::optional<Zone::Change> Zone::next_change(Instant after) const {
  cctz::time_zone::civil_transition wall;
  if (!data_->zone.next_transition(to_point(after), &wall)) return std::nullopt;
  return change_of(data_->zone, wall, after);
}

std::optional<Zone::Change> Zone::last_change(Instant at_or_before) const {
  cctz::time_zone::civil_transition wall;
  const Instant behind = at_or_before + std::chrono::seconds(1);
  if (!data_->zone.prev_transition(to_point(behind), &wall)) return std::nullopt;
  const std::chrono::seconds after = offset_of(data_->zone, to_point(at_or_before));
  const Instant at = as_utc(wall.to) - after;
  return Change{at, as_utc(wall.from) - at, after};
}

}  // namespace callboard::schedule
