#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/log/schedules.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::dispatcher {

/// What decides about the ticks of one schedule.
struct TickRules {
  const workflow::ScheduleTrigger& trigger;
  std::string_view workflow;    // slug
  std::string_view definition;  // hash
  std::string paused{};         // why it is; empty: it is not
};

/// What is to be written, and when to look again.
struct TickDecision {
  Time considered{};
  std::vector<log::Tick> ticks;
  Time look_again = Time::max();

  bool changes(const log::ScheduleState& state) const {
    return !ticks.empty() || considered != state.considered;
  }
};

/// The pause that stands over the ticks of a workflow, or null: the workflow's, that of the source
/// "schedule", or everything's.
const log::Pause* find_pause_of_ticks(const std::vector<log::Pause>& standing, std::string_view workflow);

/// What becomes of every tick that is due at `now`, and of those that wait. Pure.
TickDecision decide_ticks(const TickRules& rules, const log::ScheduleState& state, Time now);

}  // namespace callboard::dispatcher
