#pragma once

#include "shared/base/ports.hpp"
#include "shared/http/client/client.hpp"
#include "shared/runtime/blocking_pool.hpp"
#include "worker/providers/provider_table.hpp"
#include "worker/sandbox/process_host.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// What executors reach the outside by. Everything outlives them.
struct StepServices {
  Loop& loop;
  http::Client& http;
  sandbox::ProcessHost& processes;
  runtime::BlockingPool& files;  // its queue holds at least as many tasks as the worker has slots
  sandbox::ProcessLimits process_limits;
  Endpoints providers;
};

/// Every executor that a worker runs: one for each description in shared/workflow/executors that the
/// dispatcher does not hold itself.
Executors make_executors(StepServices services);

}  // namespace callboard::worker
