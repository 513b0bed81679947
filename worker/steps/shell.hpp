#pragma once

#include <memory>

#include "shared/base/ports.hpp"
#include "shared/runtime/blocking_pool.hpp"
#include "worker/sandbox/process_host.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

struct ShellPorts {
  Loop& loop;
  sandbox::ProcessHost& processes;
  runtime::BlockingPool& files;  // its queue holds at least as many tasks as the worker has slots
  sandbox::ProcessLimits limits;
};

/// `shell`: a script (`run`, by /bin/sh -e) or a program (`argv`) in a fresh folder, with an environment of
/// its own.
std::unique_ptr<Executor> make_shell(ShellPorts ports);

}  // namespace callboard::worker
