#pragma once

#include <memory>

#include "shared/http/client/client.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// `http`: one request. An `Idempotency-Key` that is the same for every attempt goes with each POST.
std::unique_ptr<Executor> make_http(http::Client& client);

}  // namespace callboard::worker
