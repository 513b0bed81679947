#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard::loadtest {

/// One request to the API of JetStream ("STREAM.PURGE.CALLBOARD_JOBS") of the server at a nats:// address
/// with user and password, on loopback. Blocks for 10 s at most. `internal` unless it answers that it was
/// done. https://docs.nats.io/reference/reference-protocols/nats_api_reference
Result<void> ask_jetstream(const std::string& nats_url, std::string_view request);

}  // namespace callboard::loadtest
