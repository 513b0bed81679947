#pragma once

#include <memory>

#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// `set`: names values for the steps behind it; the result is the params.
std::unique_ptr<Executor> make_set();

}  // namespace callboard::worker
