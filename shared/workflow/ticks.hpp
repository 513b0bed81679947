#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/value/value.hpp"
#include "shared/workflow/triggers.hpp"

/// What a schedule says of its ticks, whatever became of those before. Pure.
namespace callboard::workflow {

/// The event's name of every tick.
inline constexpr std::string_view kTick = "tick";

/// When a tick fires: its time and its part of the jitter, which is the same for whoever asks. `workflow`:
/// the slug.
Time fire_time(const ScheduleTrigger& trigger, std::string_view workflow, Time tick);

/// A tick that is not made until `now` counts as missed if its time is not after this.
Time missed_until(const ScheduleTrigger& trigger, Time now);

/// Of the ticks behind `considered` that are missed: those that `catchup` makes good, the oldest first.
std::vector<Time> made_good(const ScheduleTrigger& trigger, Time considered, Time now);

/// Why the other ones are not: "missed while no dispatcher ran; catchup: none".
std::string why_not_made_good(CatchUp catchup);

/// The `event` of a tick's run: {"schedule","timezone","scheduledAt","firedAt","caughtUp"}.
Value make_tick_payload(std::string_view cron, std::string_view timezone, Time tick, Time fired,
                        bool is_caught_up);

}  // namespace callboard::workflow
