#pragma once

#include <optional>
#include <string>

#include "shared/workflow/compile.hpp"
#include "shared/workflow/ticks.hpp"

namespace callboard::rehearsal {

/// Which tick is asked for: that of a time, else the last before `now`, else the next behind `start`.
struct WantedTick {
  std::optional<Time> at;
  std::optional<Time> now;  // when its run is made; when it fires if not given
  Time start{};
};

struct Tick {
  bool starts = false;
  std::string told;  // why it does or does not
  Time fired{};      // when its run begins
  Value payload;     // the run's event
};

/// A tick of a workflow that has schedules; of several that have one the first in the file. Pure.
Tick find_tick(const workflow::Compiled& workflow, const WantedTick& wanted);

}  // namespace callboard::rehearsal
