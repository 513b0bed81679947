#pragma once

#include <string>

#include "shared/log/log.hpp"

namespace callboard::log {

/// What the dispatchers on one database sign links with: made with the database, the same for all of them. A
/// port of the log; see log.hpp for what holds of all of them.
class LinkKey {
 public:
  virtual ~LinkKey() = default;
  virtual void read(Done<std::string> done) = 0;
};

}  // namespace callboard::log
