#pragma once

#include <functional>
#include <string>

#include "dispatcher/api/context.hpp"
#include "dispatcher/api/given_definition.hpp"
#include "shared/base/ids.hpp"
#include "shared/http/server/exchange.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// What is to become of a run's copy.
struct ForkWish {
  std::string from{};             // the first step to run again
  Value inputs{};                 // null: the run's own
  GivenDefinition definition{};   // compiled; none: the run's own
  bool dry_run = false;           // only say what would be kept and what run
  std::string idempotency_key{};  // empty: none; another wish under the same key is refused
};

/// from, inputs and definition, as a request has them; false if the member is none of these.
bool read_fork_member(std::string_view name, const Value& value, ForkWish& fork);

/// Starts a run with the results of another one before a step: 201 RunStarted, 200 the one that the key has
/// started already, or 200 ForkPlan on a dry run, which stores nothing.
void fork_run(Context& context, const RunId& run, ForkWish wish,
              std::move_only_function<void(http::Response)> done);

}  // namespace callboard::dispatcher
