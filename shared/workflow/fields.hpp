#pragma once

#include <span>
#include <string_view>

#include "shared/workflow/shape.hpp"

/// The fields of workflow files, as tables. `params` are the executors' (executors/).
namespace callboard::workflow {

const Shape& workflow_shape();
const Shape& step_shape();

/// How many attempts `retry` means where it doesn't say.
inline constexpr int kRetryAttempts = 3;

/// Names of `on` that are events of a source.
inline constexpr std::string_view kGitHub = "github";
inline constexpr std::string_view kLinear = "linear";
inline constexpr std::string_view kWebhook = "webhook";
inline constexpr std::string_view kWorkflowEnds = "workflow";
/// The name of `on` that holds cron expressions, and the source of the runs that they start.
inline constexpr std::string_view kSchedule = "schedule";

}  // namespace callboard::workflow
