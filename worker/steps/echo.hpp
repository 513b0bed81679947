#pragma once

#include <memory>

#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// `echo`: the result is the params.
std::unique_ptr<Executor> make_echo();

}  // namespace callboard::worker
