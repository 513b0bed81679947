#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "worker/sandbox/process.hpp"
#include "worker/sandbox/step_folder.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// The process that the params of a `shell` step ask for, with what it needs written into the folder.
/// `invalid` with what is wrong.
Result<sandbox::ProcessSpec> make_shell_process(const StepCall& call, const sandbox::StepFolder& folder,
                                                sandbox::ProcessLimits limits);

/// What the step wrote into $CALLBOARD_OUTPUT; empty if it wrote nothing.
Result<Object> read_shell_output(const sandbox::StepFolder& folder);
/// The same of its bytes: a JSON object, or lines of name=value (a value is the text up to the end of its
/// line). `invalid` if it is neither.
Result<Object> parse_shell_output(std::string_view text);

}  // namespace callboard::worker
