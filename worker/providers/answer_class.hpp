#pragma once

#include <optional>
#include <string>

#include "shared/base/error.hpp"
#include "shared/http/client/client.hpp"
#include "shared/run/graph.hpp"

/// What an HTTP answer, or its absence, means for a step.
namespace callboard::worker {

/// 401 and 403 auth, 408 timeout, 429 rate_limit, other 4xx validation, 5xx server; nothing below 400.
std::optional<run::ErrorClass> class_of_status(int status);
/// Why there was no answer.
run::ErrorClass class_of_failure(ErrorCode code);
/// "; retry-after: 30 s", as the answer says, or empty.
std::string retry_hint(const http::ClientResponse& response);

}  // namespace callboard::worker
