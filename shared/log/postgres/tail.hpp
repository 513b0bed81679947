#pragma once

#include <optional>
#include <string_view>

#include "shared/log/log.hpp"
#include "shared/log/postgres/session.hpp"

namespace callboard::log {

/// EventLog::read_tail in one session.
Result<EventLog::Tail> read_tail(Session& session, const std::optional<RunId>& run, std::string_view cursor,
                                 int limit);

}  // namespace callboard::log
