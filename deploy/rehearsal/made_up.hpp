#pragma once

#include "deploy/rehearsal/stubs.hpp"
#include "shared/run/slice.hpp"

namespace callboard::rehearsal {

/// What an attempt comes to that no stub speaks of. Secrets are `***`.
Answer make_up(const run::SliceStep& step);

}  // namespace callboard::rehearsal
