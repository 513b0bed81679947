#pragma once

#include <string>

#include "shared/value/value.hpp"

namespace callboard::cli {

/// "workflow review", "everything": of the API's JSON of a pause.
std::string describe_scope(const Value& pause);
/// "workflow review is paused since … by …: …".
std::string describe_pause(const Value& pause);

}  // namespace callboard::cli
