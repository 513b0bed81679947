#pragma once

#include "shared/value/value.hpp"

namespace callboard::workflow {

/// The JSON Schema (2020-12) of workflow files, made from the tables that validation uses. What it can't say
/// (keys that stand twice, unknown steps, cycles, what expressions read) compile() checks.
Value workflow_schema();

}  // namespace callboard::workflow
