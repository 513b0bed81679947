#pragma once

#include <optional>
#include <string_view>

#include "shared/http/server/message.hpp"

namespace callboard::http {

/// Whether an authority ("localhost:8080", "[::1]:8080", "127.0.0.1") names this machine as it calls itself.
bool is_loopback_authority(std::string_view authority);

/// The header that says that the request was not sent on this machine to this machine, although it came over
/// loopback: one that proxies add (RFC 7239 and its forerunners), or a Host of the outside, by which a web
/// page's name that was made to lead here shows.
std::optional<std::string_view> find_sign_of_outside(const Request& request);

}  // namespace callboard::http
