#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"

/// Starts that are held back (`debounce`, `batch`), as parts of an arrival (log.hpp).
namespace callboard::log {

/// Stored as numbers.
enum class HoldKind : std::uint8_t {
  debounce = 0,  // the last event alone starts a run, once no further one came for a while
  batch = 1,     // events are gathered into one run
};

/// An event that starts no run yet. What is held of one workflow, kind, source and key is a group, which
/// fires as one run.
struct HeldStart {
  std::string workflow;  // slug
  HoldKind kind = HoldKind::debounce;
  std::string key;
  Micros wait{0};          // debounce: from this event on; batch: from the group's first
  Micros longest{0};       // debounce: from the group's first event
  std::uint32_t size = 0;  // batch: so many events fire it
  std::uint32_t cause_depth = 0;
  bool untrusted = false;  // as in run::Created
  bool needs_approval = false;
  std::uint64_t order = 0;  // of one process: in which its events came
};

/// A group that an arrival fires, or drops: it is gone with the arrival's commit, and the deliveries in it
/// have other verdicts.
struct FiredGroup {
  std::int64_t id = 0;
  std::string workflow;
  Uuid maker;           // an id that only this arrival made, where it makes neither delivery nor run
  std::string outcome;  // of the verdicts that say "held" of this workflow from now on …
  std::optional<RunId> run;
  std::string detail;
  std::vector<DeliveryId> deliveries;  // … of these
};

}  // namespace callboard::log
