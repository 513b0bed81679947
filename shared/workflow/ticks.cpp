#include "shared/workflow/ticks.hpp"

#include <algorithm>

#include "shared/base/hash.hpp"
#include "shared/base/limits.hpp"

namespace callboard::workflow {

Time fire_time(const ScheduleTrigger& trigger, std::string_view workflow, Time tick) {
  if (trigger.jitter.count() == 0) return tick;
  const auto seed = static_cast<std::uint64_t>(tick.time_since_epoch().count());
  const auto span = static_cast<std::uint64_t>(trigger.jitter.count()) + 1;
  return tick + Micros(static_cast<Micros::rep>(stable_hash(workflow, seed) % span));
}

Time missed_until(const ScheduleTrigger& trigger, Time now) {
  return now - limits::kTickGrace - trigger.jitter;
}

std::vector<Time> made_good(const ScheduleTrigger& trigger, Time considered, Time now) {
  const auto last = trigger.times.last_until(missed_until(trigger, now), considered);
  if (!last || trigger.catchup == CatchUp::none) return {};
  std::vector<Time> out{*last};
  if (trigger.catchup == CatchUp::latest) return out;
  const Time oldest = std::max(considered, now - limits::kCatchUpTime - Micros(1));
  while (out.size() < limits::kCatchUpTicks) {
    const auto before = trigger.times.last_until(out.back() - Micros(1), oldest);
    if (!before) break;
    out.push_back(*before);
  }
  std::ranges::reverse(out);
  if (out.front() <= oldest) out.erase(out.begin());
  return out;
}

std::string why_not_made_good(CatchUp catchup) {
  const std::string missed = "missed while no dispatcher ran; catchup: ";
  if (catchup == CatchUp::none) return missed + "none";
  if (catchup == CatchUp::latest) return missed + "latest makes good the last of them";
  return missed + "all makes good at most " + std::to_string(limits::kCatchUpTicks) + " of the last " +
         format_duration(limits::kCatchUpTime);
}

Value make_tick_payload(std::string_view cron, std::string_view timezone, Time tick, Time fired,
                        bool is_caught_up) {
  return Object{{"schedule", std::string(cron)},
                {"timezone", std::string(timezone)},
                {"scheduledAt", format_time(tick)},
                {"firedAt", format_time(fired)},
                {"caughtUp", is_caught_up}};
}

}  // namespace callboard::workflow
