#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "deploy/cli/commands.hpp"
#include "shared/value/value.hpp"

namespace callboard::cli {

/// What is done to which runs.
struct BulkWish {
  std::string action, workflow, state, since, until;
  std::vector<std::string> labels{};
  std::string to;  // of migrate: the text of a definition, or its hash; empty: the current one
  Object fork{};   // of fork: what each is to be, as members of the request
  bool all = false;
  bool dry_run = false;
};

/// Asks page by page, tells the refusals as they come, and the sum. How many were refused.
std::expected<std::size_t, Exit> run_bulk(const Commands& commands, const BulkWish& wish);

}  // namespace callboard::cli
