#pragma once

#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/tree.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::workflow {

/// What `on` says. Its shape has been checked.
Triggers read_triggers(const Node& root, ExpressionReader& expressions, Problems& problems);

/// What an entry of `cancelOn` or of a `wait` says: the events that `events` holds, and the filters of
/// `entry`. Of webhooks the events are paths. Its condition is the caller's.
EventTrigger read_listened(std::string_view source, const Node& events, const Node& entry,
                           const std::string& path, ExpressionReader& expressions, Problems& problems);

/// What an expression that an event is held against may read.
Scope event_scope(std::string_view place);

}  // namespace callboard::workflow
