#pragma once

#include <string>
#include <vector>

#include "shared/run/event.hpp"

namespace callboard::dispatcher {

/// An event of the log as the API shows it: compact JSON, one text for each of the parts of a row of
/// decisions, one for any other row. Data that does not decode is shown as null.
std::vector<std::string> write_event(const run::Event& event);

}  // namespace callboard::dispatcher
