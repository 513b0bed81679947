#pragma once

#include "shared/value/value.hpp"

/// What the published schema says of events beyond the shapes of their fields.
namespace callboard::workflow {

/// Puts it into the schema of `on`.
void add_trigger_rules(Object& on);
/// The definitions that these and `eventRule` refer to.
void add_trigger_definitions(Object& definitions);

}  // namespace callboard::workflow
