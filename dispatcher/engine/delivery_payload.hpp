#pragma once

#include "shared/base/error.hpp"
#include "shared/log/log.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// The JSON payload of a stored delivery: its body, or the field `payload` of a form-encoded one (GitHub
/// sends either).
Result<Value> read_payload(const log::Delivery& delivery);

}  // namespace callboard::dispatcher
