#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "shared/http/server/message.hpp"

/// What receiving from a known source and from any program have in common.
namespace callboard::dispatcher {

/// Whether one of the secrets signed these bytes: HMAC-SHA256 in hex, compared in constant time.
bool is_signed_by_any(const std::vector<std::string>& secrets, std::string_view signature,
                      std::string_view body);
/// Nothing if the body is JSON as it stands, without a coding; true for a form, where those are taken.
std::expected<bool, http::Response> check_is_form(bool takes_forms, const http::Request& request);
/// 1 to 200 visible characters of ASCII.
bool is_delivery_name(std::string_view text);
/// As a compact JSON object, without signatures, credentials and `secret_header`.
std::string write_headers(const http::Headers& headers, std::string_view secret_header);

}  // namespace callboard::dispatcher
