#pragma once

#include <expected>
#include <string>

#include "deploy/cli/commands.hpp"
#include "shared/value/value.hpp"

namespace callboard::cli {

/// One call of a backfill, which the dispatcher answers for a part of the range; the answer's `next` is where
/// the following call goes on.
struct BackfillPart {
  std::string workflow;
  std::string of;  // "schedule", "deliveries"
  Object range;
  std::string rate;  // empty: the dispatcher's own
  bool dry_run = false;
};

/// What the dispatcher answers. What it refuses is told on the terminal.
std::expected<Value, Exit> ask_backfill_part(const Commands& commands, ApiClient& api, BackfillPart part);

}  // namespace callboard::cli
