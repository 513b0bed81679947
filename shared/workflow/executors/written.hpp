#pragma once

#include <string>
#include <string_view>

#include "shared/base/time.hpp"
#include "shared/workflow/shape.hpp"

/// Checks of parameters that are written without expressions, which several executors share.
namespace callboard::workflow {

inline void check_time(const Node& params, std::string_view name, const std::string& path,
                       Problems& problems) {
  const Node* const time = params.find_text(name);
  if (time == nullptr || has_expression(*time) || parse_time(time->text)) return;
  problems.add(time->at, path_of(path, name),
               "found " + describe(*time) + ", expected a time such as 2026-01-31T08:00:00Z");
}

}  // namespace callboard::workflow
