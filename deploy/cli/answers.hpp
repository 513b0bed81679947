#pragma once

#include "deploy/cli/api_client.hpp"
#include "deploy/cli/exit_status.hpp"
#include "deploy/cli/terminal.hpp"

namespace callboard::cli {

/// The exit status of an answer: what its HTTP status means.
Exit exit_of(int status);
/// Says on standard error what a refusal says (RFC 9457), and gives its exit status.
Exit explain_answer(const Terminal& terminal, const Answer& answer);
Exit explain_error(const Terminal& terminal, const Error& error);

}  // namespace callboard::cli
