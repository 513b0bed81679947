#pragma once

#include "shared/value/value.hpp"
#include "shared/workflow/executors/description.hpp"

namespace callboard::workflow {

/// What may stand in params. What must is the step's to say: it may settle some of it elsewhere.
Value params_schema(const Description& executor);

}  // namespace callboard::workflow
