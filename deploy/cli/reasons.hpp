#pragma once

#include <string>
#include <vector>

#include "shared/value/value.hpp"

namespace callboard::cli {

/// Why a run of the API is not closed, and what can be done about it; of a closed one, how it ended. A
/// sentence a line, printable.
std::vector<std::string> explain_run(const Value& run);

/// One of its reasons (a member of `waitingFor`), as a sentence.
std::string explain_reason(const Value& reason, const std::string& run);

}  // namespace callboard::cli
