#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace callboard::log {

/// RFC 4648, with padding.
std::string encode_base64(std::string_view bytes);
/// Nothing on anything that encode_base64 does not make.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace callboard::log
