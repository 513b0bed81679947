#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/log/log.hpp"

namespace callboard::log {

/// Deliveries in the order in which they came (of their ids), which a backfill goes through, and what has
/// been made of causes already. A port of the log; see log.hpp for what holds of all of them.
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

  /// Of each of these origins (Arrival::origin), all of one kind: whether an arrival with it stands.
  virtual void find_made(std::string kind, std::vector<std::string> origins,
                         Done<std::vector<bool>> done) = 0;
};

}  // namespace callboard::log
