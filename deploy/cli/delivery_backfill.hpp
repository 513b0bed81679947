#pragma once

#include <string>

#include "deploy/cli/commands.hpp"

namespace callboard::cli {

/// `workflow backfill NAME --deliveries`: what is asked for.
struct DeliveryBackfill {
  std::string workflow;
  std::string since, until;
  std::string source, event, again, rate;
  bool dry_run = false;
};

/// Call by call until the range is through. It may be stopped and given again: what was run is not run twice.
Exit backfill_deliveries(const Commands& commands, const DeliveryBackfill& wish);

}  // namespace callboard::cli
