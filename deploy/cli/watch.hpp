#pragma once

#include <string>

#include "deploy/cli/api_client.hpp"
#include "deploy/cli/exit_status.hpp"
#include "deploy/cli/terminal.hpp"

namespace callboard::cli {

/// Shows a run until it closes: on a terminal its steps living in place, elsewhere a line for each that
/// begins or ends, with `json` nothing but the closed run. Rides over a dispatcher that is away for up to 30
/// s. `failed` if the run did not complete; `interrupted` after Ctrl-C, which leaves the run alone.
Exit watch_run(ApiClient& api, const Terminal& terminal, const std::string& run, bool json);

/// Prints a run's events with what the steps wrote, as they come, until the run closes.
Exit follow_log(ApiClient& api, const Terminal& terminal, const std::string& run, bool json);

}  // namespace callboard::cli
