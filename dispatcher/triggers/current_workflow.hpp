#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dispatcher/engine/definitions.hpp"
#include "shared/workflow/inputs.hpp"
#include "shared/workflow/problem.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::dispatcher {

/// A workflow, compiled, with what the dispatcher needs beside the graph to start its runs.
struct CurrentWorkflow {
  GraphPtr graph;
  workflow::Triggers triggers;
  std::vector<workflow::Input> inputs;
  std::string format;  // "yaml", "json"
  Time since{};        // when this version was registered
};
/// Shared: what is under way goes on with the version that it began with.
using CurrentWorkflowPtr = std::shared_ptr<const CurrentWorkflow>;

using Compiled = std::expected<CurrentWorkflow, std::vector<workflow::Problem>>;
Compiled compile_workflow(std::string_view text, std::string_view format, bool segments);

}  // namespace callboard::dispatcher
