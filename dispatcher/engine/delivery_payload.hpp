#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/log/log.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// The text of a stored delivery's payload: its body, or the field `payload` of a form-encoded one (GitHub
/// sends either), which then stands in `room`.
std::string_view payload_text(const log::Delivery& delivery, std::string& room);
/// The JSON payload of a stored delivery.
Result<Value> read_payload(const log::Delivery& delivery);

}  // namespace callboard::dispatcher
