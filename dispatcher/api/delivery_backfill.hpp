#pragma once

#include <optional>
#include <string>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/context.hpp"

namespace callboard::dispatcher {

/// `deliveries` of a backfill: stored deliveries of a range of times, in the order in which they came.
struct DeliveryRange {
  Time since{};
  Time until{};
  std::string source{};               // empty: any
  std::string event{};                // "push", or "pull_request" for every action; empty: any
  std::optional<DeliveryId> after{};  // only behind this one
  /// Not empty: also those for which the workflow has a run already; for each name once.
  std::string again{};
};

/// The member `deliveries` of a body.
Read<DeliveryRange> read_delivery_range(const Value& body);

/// Matches each with the workflow, and runs those that would start it again, as new deliveries that this
/// workflow alone sees; `interval` apart, as many as fit a few seconds, and answers with where to go on. What
/// was run before is not run again. With `dry_run` it only says what it would do with each.
void backfill_deliveries(Context& context, CurrentWorkflowPtr workflow, DeliveryRange range, Micros interval,
                         bool dry_run, http::Responder responder);

}  // namespace callboard::dispatcher
