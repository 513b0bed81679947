#pragma once

#include <string>

#include "shared/value/json_schema.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// The schema at `node`; adds a problem for everything in it that is none, at its place, and for keywords
/// that JsonSchema does not check (unevaluatedProperties, $dynamicRef …): they are refused, never ignored.
/// One that takes everything where there was a problem.
JsonSchema read_schema(const Node& node, const std::string& path, Problems& problems);

/// What such a schema may look like, for the published one. Its definition is called jsonSchema.
Value schema_of_schemas();

}  // namespace callboard::workflow
