#pragma once

#include <optional>
#include <string>

#include "shared/log/log.hpp"

namespace callboard::dispatcher {

/// The headers (compact JSON) of a delivery that runs `first` again.
std::string mark_replayed(const std::string& headers, const DeliveryId& first);
/// The delivery that this one runs again, if it is a replay.
std::optional<DeliveryId> replayed_delivery(const log::Delivery& delivery);

/// {"deliveryId","runs","duplicate"}
std::string write_arrived(const log::Arrived& arrived);

}  // namespace callboard::dispatcher
