#include "deploy/cli/pauses.hpp"

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::cli {

std::string describe_scope(const Value& pause) {
  const std::string name = printable(find_text(&pause, "name"));
  return name.empty() ? "everything" : printable(find_text(&pause, "scope")) + " " + name;
}

std::string describe_pause(const Value& pause) {
  const std::string reason = printable(find_text(&pause, "reason"));
  return describe_scope(pause) + " is paused since " + printable(find_text(&pause, "at")) + " by " +
         printable(find_text(&pause, "actor")) + (reason.empty() ? "" : ": " + reason);
}

}  // namespace callboard::cli
