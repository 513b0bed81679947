#include "deploy/rehearsal/tick.hpp"

#include <algorithm>

namespace callboard::rehearsal {
namespace {

using workflow::ScheduleTrigger;

struct Found {
  const ScheduleTrigger* trigger = nullptr;
  Time at{};
};

std::optional<Time> next_of(const ScheduleTrigger& trigger, Time from) {
  return trigger.times.next_after(from - Micros(1));
}

/// The schedule whose next tick at or after `from` comes first.
std::optional<Found> find_next(const std::vector<ScheduleTrigger>& schedules, Time from) {
  std::optional<Found> out;
  for (const ScheduleTrigger& trigger : schedules) {
    const auto next = next_of(trigger, from);
    if (next && (!out || *next < out->at)) out = Found{&trigger, *next};
  }
  return out;
}

std::optional<Found> find_last(const std::vector<ScheduleTrigger>& schedules, Time until) {
  std::optional<Found> out;
  for (const ScheduleTrigger& trigger : schedules) {
    const auto last = trigger.times.last_until(until, Time{});
    if (last && (!out || *last > out->at)) out = Found{&trigger, *last};
  }
  return out;
}

Tick refuse(std::string told) {
  return {.starts = false, .told = std::move(told), .fired = {}, .payload = {}};
}

std::string name_of(const Found& found) {
  return "schedule " + found.trigger->times.id() + " at " + format_time(found.at);
}

/// Missed, and why it is not made good; nothing if it is.
std::optional<std::string> find_loss(const Found& found, Time now) {
  const auto good = workflow::made_good(*found.trigger, found.at - Micros(1), now);
  if (std::ranges::find(good, found.at) != good.end()) return std::nullopt;
  return workflow::why_not_made_good(found.trigger->catchup);
}

Tick fire(const Found& found, std::string_view slug, std::optional<Time> now) {
  const Time due = workflow::fire_time(*found.trigger, slug, found.at);
  const Time fired = now.value_or(due);
  const bool is_missed = found.at <= workflow::missed_until(*found.trigger, fired);
  if (is_missed) {
    if (const auto loss = find_loss(found, fired)) return refuse(name_of(found) + ": " + *loss);
  } else if (fired < due) {
    return refuse(name_of(found) + ": it fires at " + format_time(due) + ", which is after now");
  }
  return {.starts = true,
          .told = name_of(found) + (is_missed ? " (caught up)" : ""),
          .fired = fired,
          .payload = workflow::make_tick_payload(found.trigger->times.cron(), found.trigger->times.timezone(),
                                                 found.at, fired, is_missed)};
}

}  // namespace

Tick find_tick(const workflow::Compiled& workflow, const WantedTick& wanted) {
  const auto& schedules = workflow.triggers.schedules;
  const bool is_past = !wanted.at && wanted.now;
  const auto found =
      is_past ? find_last(schedules, *wanted.now) : find_next(schedules, wanted.at.value_or(wanted.start));
  if (!found)
    return refuse(is_past ? "no schedule has a tick before now" : "no schedule has a tick behind it");
  if (wanted.at && found->at != *wanted.at)
    return refuse("no schedule has a tick at " + format_time(*wanted.at) + ": the next is of " +
                  found->trigger->times.id() + " at " + format_time(found->at));
  return fire(*found, workflow.graph.slug, wanted.now);
}

}  // namespace callboard::rehearsal
