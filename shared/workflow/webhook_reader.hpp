#pragma once

#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/tree.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::workflow {

/// What `on.webhook` says, but its `if`. Its shape has been checked.
WebhookTrigger read_webhook(const Node& node, ExpressionReader& expressions, Problems& problems);

}  // namespace callboard::workflow
