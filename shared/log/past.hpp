#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/log/log.hpp"

namespace callboard::log {

/// Deliveries in the order in which they came (of their ids): what a backfill goes through. A port of the
/// log; see log.hpp for what holds of all of them.
class Past {
 public:
  virtual ~Past() = default;

  struct Range {
    Time since{};                     // their ids were made at or after …
    Time until{};                     // … and before
    std::string source{};             // empty: any
    std::optional<DeliveryId> after;  // only behind this one
    int limit = 100;
  };
  /// Without bodies.
  virtual void read(Range range, Done<std::vector<Delivery>> done) = 0;
};

}  // namespace callboard::log
