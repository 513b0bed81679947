#pragma once

#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/event.hpp"

namespace callboard::run {

/// How a run began, with the hash of the definition that these events are to be folded by: that of its last
/// migration. `not_found` without d/0, `invalid` where it can't be read.
Result<Created> find_created(const std::vector<Event>& events);

}  // namespace callboard::run
