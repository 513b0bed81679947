#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/workflow/problem.hpp"

namespace callboard::authoring {

/// Every problem with the line that it stands in and a caret below its place, for a terminal: nothing of the
/// file reaches it as it is. A long line is cut around the place.
std::string show_problems(const std::vector<workflow::Problem>& problems, std::string_view file_name,
                          std::string_view text);

}  // namespace callboard::authoring
