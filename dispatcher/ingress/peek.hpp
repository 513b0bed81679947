#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// The few members of a payload that ingress itself looks at.
struct PayloadFields {
  std::string action;
  std::string type;
  std::optional<std::int64_t> timestamp;  // webhookTimestamp, milliseconds
};

/// Checks the whole of a JSON object as strictly as read_json does, and converts these members alone: what
/// most deliveries of a busy repository need, at a fifth of the cost. `json` may be read (not used) up to 64
/// bytes behind its end where `padded` says so.
Result<PayloadFields> peek_payload(std::string_view json, bool padded);
PayloadFields fields_of(const Value& payload);

}  // namespace callboard::dispatcher
