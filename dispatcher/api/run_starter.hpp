#pragma once

#include <string>

#include "dispatcher/api/context.hpp"

namespace callboard::dispatcher {

/// A person's wish to run a workflow.
struct RunWish {
  CurrentWorkflowPtr workflow;
  std::string inputs = "{}";    // compact JSON, resolved
  std::string idempotency_key;  // empty: each wish is a run of its own
};

struct StartedRun {
  RunId id;
  GraphPtr graph;
  bool duplicate = false;  // the key was used before, with the same inputs: this is that run
};

/// Makes the run and hands it to the engine. `conflict`: the key was used with other inputs.
void start_run(Context& context, RunWish wish, log::Done<StartedRun> done);

}  // namespace callboard::dispatcher
