#pragma once

#include <string_view>
#include <vector>

namespace callboard::authoring {

/// A workflow to begin with: one file of deploy/authoring/templates.
struct StartingPoint {
  std::string_view name;     // the file's, without its ending
  std::string_view summary;  // its first comment
  std::string_view text;
};

/// By name. Generated when the library is built.
std::vector<StartingPoint> starting_points();

}  // namespace callboard::authoring
