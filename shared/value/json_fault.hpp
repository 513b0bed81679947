#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard {

/// "line 1, column 4" of the byte `at`; columns count characters.
std::string place_in_text(std::string_view text, std::size_t at);

/// What is wrong with a text that a quick reader refused as no JSON, and where: "not JSON at line 1, column
/// 4: found ']', expected a value". `invalid`; `too_large` where it nests too deep to be looked at. Reads the
/// text again, up to its first fault, and builds nothing of it.
Error json_fault(std::string_view text);

}  // namespace callboard
