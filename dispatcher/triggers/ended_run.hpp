#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/base/error.hpp"
#include "shared/run/event.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// The end of a run as an event.
struct EndedRun {
  std::string workflow;  // slug
  std::string event;     // "nightly.completed"
  std::uint32_t cause_depth = 0;
  /// {"run":{"id","workflow","state","inputs","outputs"?,"error"?,"createdAt","closedAt","deliveryId"?,
  /// "untrusted"?}}
  Value payload;
};
/// Out of the run's first row and the one that closed it. `invalid` where they are none.
Result<EndedRun> read_ended_run(const run::Event& created, const run::Event& closing);

}  // namespace callboard::dispatcher
