#pragma once

#include <string>

#include "deploy/rehearsal/rehearsal.hpp"

namespace callboard::rehearsal {

/// Everything that happened, for a terminal: nothing of the workflow or the event reaches it as it is.
std::string to_text(const Rehearsed& rehearsed);
Value to_value(const Rehearsed& rehearsed);

}  // namespace callboard::rehearsal
