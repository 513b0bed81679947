#pragma once

#include <memory>

#include "shared/http/client/client.hpp"
#include "worker/providers/provider_table.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// `provider`: asks a language model, and returns its text and what it used.
std::unique_ptr<Executor> make_provider(http::Client& client, Endpoints endpoints);

}  // namespace callboard::worker
