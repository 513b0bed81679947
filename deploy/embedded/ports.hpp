#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/time.hpp"
#include "shared/config/setting.hpp"

namespace callboard::embedded {

/// A port of the host that nobody listens on: `wanted` if it is free. Another process may still take it
/// before its user does. `conflict` if `wanted` is taken and `strict`.
Result<std::uint16_t> find_free_port(const std::string& host, std::uint16_t wanted, bool strict);

/// What a server says within a second to `question` (which may be empty); empty if nobody answers.
std::string ask_server(const config::Address& address, std::string_view question);

}  // namespace callboard::embedded
