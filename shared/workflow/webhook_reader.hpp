#pragma once

#include <string_view>

#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/tree.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::workflow {

/// What `on.webhook` says, but its `if`. Its shape has been checked.
WebhookTrigger read_webhook(const Node& node, ExpressionReader& expressions, Problems& problems);

/// Letters, digits, -, _ and ., not first a point, at most limits::kWebhookPathBytes.
bool is_webhook_path(std::string_view path);

}  // namespace callboard::workflow
