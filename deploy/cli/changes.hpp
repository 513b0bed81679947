#pragma once

#include <string>

#include "deploy/authoring/difference.hpp"

namespace callboard::cli {

/// A line for each change, with its meaning below it where it has one; `indent` stands before every line.
std::string draw_changes(const std::vector<authoring::Change>& changes, bool colour,
                         const std::string& indent = {});

}  // namespace callboard::cli
