#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace callboard {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
/// HMAC-SHA256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
/// Lower case, two digits a byte.
std::string to_hex(std::string_view bytes);
std::string to_hex(const Sha256& hash);
/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace callboard
