#include "shared/schedule/schedule.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace callboard::schedule {
namespace {

using namespace std::chrono;

// More changes of a zone's clocks than there are within the horizon of a cron expression.
constexpr int kStretchesMost = 500;

WallTime wall_of(Instant at, seconds offset) { return WallTime(at.time_since_epoch() + offset); }
Instant instant_of(WallTime wall, seconds offset) { return Instant(wall.time_since_epoch() - offset); }

std::string single_spaced(std::string_view text) {
  std::string out;
  for (std::size_t at = text.find_first_not_of(" \t"); at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    if (!out.empty()) out += ' ';
    out += text.substr(at, end - at);
    at = std::min(text.find_first_not_of(" \t", end), text.size());
  }
  return out;
}

}  // namespace

/// Time during which the zone's clocks run evenly.
struct Schedule::Stretch {
  seconds offset{0};
  std::optional<Zone::Change> begin;  // none: it reaches back for ever
  std::optional<Zone::Change> end;
};

Schedule::Schedule(std::string cron_text, Cron cron, Zone zone)
    : text_(single_spaced(cron_text)), cron_(cron), zone_(std::move(zone)) {}

/// The first one of the stretch at or after `from`.
std::optional<Instant> Schedule::find_in(const Stretch& stretch, Instant from) const {
  WallTime wall = wall_of(from, stretch.offset);
  if (stretch.begin) {
    const Zone::Change& change = *stretch.begin;
    const WallTime was = wall_of(change.at, change.before);
    const WallTime is = wall_of(change.at, change.after);
    // Wall times that the clocks left out: made good at the change, all of them at once.
    if (was < is && from == change.at && !cron_.is_every_hour()) {
      const auto left_out = cron_.next(was);
      if (left_out && *left_out < is) return change.at;
    }
    // Wall times that came before: only what is every hour counts time and goes on through them.
    if (is < was && !cron_.is_every_hour()) wall = std::max(wall, was);
  }
  const auto found = cron_.next(wall);
  if (!found) return std::nullopt;
  const Instant at = instant_of(*found, stretch.offset);
  return stretch.end && at >= stretch.end->at ? std::nullopt : std::optional(at);
}

std::optional<Time> Schedule::next_after(Time after) const {
  Instant from = floor<seconds>(after) + seconds(1);
  Stretch stretch{zone_.offset_at(from), zone_.last_change(from), zone_.next_change(from)};
  for (int count = 0; count < kStretchesMost; ++count) {
    if (const auto found = find_in(stretch, from)) return Time(*found);
    if (!stretch.end) return std::nullopt;
    from = stretch.end->at;
    stretch = {stretch.end->after, stretch.end, zone_.next_change(from)};
  }
  return std::nullopt;
}

/// Looks back further and further until there is one, then halves the rest.
std::optional<Time> Schedule::last_until(Time at, Time after) const {
  std::optional<Time> last;
  const auto look = [&](Time from) {
    const auto next = next_after(from);
    if (next && *next <= at) last = next;
    return next && *next <= at;
  };
  Time none = at;  // nothing is behind it up to `at`
  for (Micros back = seconds(1); none > after && !last; back *= 2) {
    const Time from = at - after > back ? at - back : after;
    if (!look(from)) none = from;
  }
  while (last && none - *last > seconds(1)) {
    const Time middle = *last + (none - *last) / 2;
    if (!look(middle)) none = middle;
  }
  return last;
}

std::vector<Time> Schedule::between(Time after, Time until, std::size_t most) const {
  std::vector<Time> out;
  for (auto next = next_after(after); next && *next <= until && out.size() < most; next = next_after(*next))
    out.push_back(*next);
  return out;
}

std::string Schedule::format(Time at) const {
  const Instant instant = floor<seconds>(at);
  const seconds offset = zone_.offset_at(instant);
  std::string out =
      format_time(Time(instant + offset)).substr(0, std::string_view("2026-03-29T03:00:00").size());
  const auto total = duration_cast<minutes>(abs(offset)).count();
  std::array<char, 16> shown{};
  std::snprintf(shown.data(), shown.size(), "%c%02d:%02d", offset < seconds(0) ? '-' : '+',
                static_cast<int>(total / 60), static_cast<int>(total % 60));
  return out + shown.data();
}

}  // namespace callboard::schedule
