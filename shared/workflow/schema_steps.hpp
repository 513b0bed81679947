#pragma once

#include "shared/value/value.hpp"

/// What the published schema says of steps.
namespace callboard::workflow {

/// One entry of `steps` or `finally`.
Value step_schema();

/// What each executor asks of its step: if type names it, then its params are these.
Value executor_rules();

/// Of what the file itself gives in place of an expression: a list of items.
Value written_schema();

}  // namespace callboard::workflow
