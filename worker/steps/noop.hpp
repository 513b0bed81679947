#pragma once

#include <memory>

#include "shared/base/ports.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// `noop`: nothing; with `for`, holds the worker that long.
std::unique_ptr<Executor> make_noop(Loop& loop);

}  // namespace callboard::worker
