#pragma once

#include <string>

#include "shared/base/time.hpp"

namespace callboard::log {

/// A pause that stands over every run of a scope, those not made yet included: nothing of them begins until
/// it is lifted.
struct Pause {
  std::string scope;  // "workflow", "source" or "all"
  std::string name;   // a slug, a source of runs; empty: of "all"
  Time at{};          // the database's clock
  std::string actor;
  std::string reason;  // or empty

  friend bool operator==(const Pause&, const Pause&) = default;
};

}  // namespace callboard::log
