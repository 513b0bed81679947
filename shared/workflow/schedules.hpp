#pragma once

#include <vector>

#include "shared/workflow/tree.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::workflow {

/// What `on.schedule` says: a cron expression, a map, or a list of either. Its shape has been checked.
std::vector<ScheduleTrigger> read_schedules(const Node& on, Problems& problems);

}  // namespace callboard::workflow
