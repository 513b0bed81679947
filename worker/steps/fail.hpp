#pragma once

#include <memory>

#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// `fail`: fails with `message` and `class` (internal unless given).
std::unique_ptr<Executor> make_fail();

}  // namespace callboard::worker
