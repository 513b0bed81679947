#pragma once

#include <optional>
#include <string>

#include "dispatcher/engine/engine.hpp"

namespace callboard::dispatcher {

/// What a new run begins with.
struct RunSeed {
  GraphPtr graph;
  std::string inputs = "{}";  // compact JSON, defaults filled in
  std::string vars = "{}";
  std::optional<DeliveryId> delivery;
  std::string event_name;
};

/// A row for the intake, in a partition of this dispatcher's where it owns any.
log::NewRun make_new_run(Engine& engine, const RunSeed& seed, Time now);

}  // namespace callboard::dispatcher
