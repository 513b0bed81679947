#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/expression/expression.hpp"
#include "shared/schedule/schedule.hpp"
#include "shared/value/value.hpp"

namespace callboard::workflow {

/// What `on.github` or `on.linear` says.
struct EventTrigger {
  std::string source;               // "github", "linear"
  std::vector<std::string> events;  // pull_request.opened; pull_request stands for every action
  std::optional<expression::Expression> condition;  // over `event` alone
};

/// What becomes of ticks that were missed while no dispatcher ran.
enum class CatchUp : std::uint8_t { none, latest, all };
/// What becomes of a tick while a run of the same schedule is open.
enum class Overlap : std::uint8_t { skip, queue, allow };

/// One entry of `on.schedule`.
struct ScheduleTrigger {
  schedule::Schedule times;
  CatchUp catchup = CatchUp::latest;
  Overlap overlap = Overlap::skip;
  Micros jitter{0};
};
std::string_view to_string(CatchUp catchup);
std::string_view to_string(Overlap overlap);

struct Triggers {
  std::vector<EventTrigger> events;
  std::vector<ScheduleTrigger> schedules;
  bool manual = false;
};

/// The name of a GitHub event: the X-GitHub-Event header, with "." and the payload's action where there is
/// one.
std::string github_event_name(std::string_view header, const Value& payload);
/// The name of a Linear event: the payload's type and action.
std::string linear_event_name(const Value& payload);

/// True if some trigger listens to this event of this source, whatever its condition says.
bool listens(const Triggers& triggers, std::string_view source, std::string_view event_name);

/// What a workflow makes of an event.
struct Match {
  bool listens = false;
  bool starts = false;  // it listens, and a condition holds or there is none
  std::string detail;   // listens and doesn't start: the condition that is false
};
/// `invalid` if a condition can't be evaluated.
Result<Match> match(const Triggers& triggers, std::string_view source, std::string_view event_name,
                    const Value& payload);

}  // namespace callboard::workflow
