#pragma once

#include "shared/base/error.hpp"
#include "shared/http/client/client.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// The request that the params of an `http` step ask for; `invalid` with what is wrong.
Result<http::ClientRequest> make_http_request(const StepCall& call);

}  // namespace callboard::worker
