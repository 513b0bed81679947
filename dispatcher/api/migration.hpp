#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "dispatcher/api/context.hpp"
#include "dispatcher/api/given_definition.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "shared/http/server/exchange.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// To which definition runs are to be moved.
struct MigrationTarget {
  GraphPtr graph;           // null: whichever is current for each run's workflow
  GivenDefinition given{};  // the graph's, if it came with the request and may not be stored yet
};
using HaveTarget = std::move_only_function<void(std::expected<MigrationTarget, http::Response>)>;

/// `to` of a request: an object or a YAML text is a definition; a text of 64 hex digits is the hash of a
/// stored one; null means the current one. Nothing is stored.
void find_target(Context& context, const Value& to, HaveTarget done);

enum class Migration : std::uint8_t {
  move,    // 200 once the run is moved, or 409 with what forbids it
  report,  // 200 with every difference; nothing is written
  check,   // 200, or 409 with what in the history forbids it; nothing is written
};

/// Holds the run's history against the target; answers with the shape Migration. To be moved, the run must be
/// paused, so that nothing of it begins meanwhile; the move is a decision under the number that follows what
/// was compared, so that whoever decides something else first makes it be compared again. `at`, of a report:
/// the history up to that point.
void migrate_run(Context& context, const RunId& run, const MigrationTarget& target, Migration wish,
                 std::optional<LogPoint> at, std::move_only_function<void(http::Response)> done);

}  // namespace callboard::dispatcher
