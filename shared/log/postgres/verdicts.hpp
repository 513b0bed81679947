#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/log/log.hpp"

namespace callboard::log {

/// The bytes of a delivery's verdicts:
/// {"v":1,"list":[{"workflow":…,"outcome":…,"run"?:…,"detail"?:…},…]}
std::string encode_verdicts(const std::vector<Verdict>& verdicts);
Result<std::vector<Verdict>> decode_verdicts(std::string_view bytes);

}  // namespace callboard::log
