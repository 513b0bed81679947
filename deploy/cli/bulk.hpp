#pragma once

#include <string>

#include "deploy/cli/commands.hpp"

namespace callboard::cli {

/// What is asked of everything that a filter finds. Members of the filter that are empty are not asked for.
struct BulkWish {
  std::string action, workflow, state, since, until;
  bool all = false;  // needed where nothing else says which
  bool dry_run = false;
};

/// Asks page by page, tells of each refusal as it comes, and of the sums at the end.
Exit run_bulk(const Commands& commands, const BulkWish& wish);

}  // namespace callboard::cli
