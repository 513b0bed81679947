#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatcher/ingress/receive.hpp"
#include "dispatcher/triggers/current_workflow.hpp"

namespace callboard::dispatcher {

/// The secrets behind the name of a variable of the dispatcher's environment; empty: it is not set.
using FindSecrets = std::function<std::vector<std::string>(std::string_view name)>;

inline constexpr std::string_view kCustomWebhooks = "/webhooks/custom/";

/// A request to /webhooks/custom/<path> that is genuine, readable, and refused by no schema.
struct CustomReceived {
  std::string key;                       // what makes it one with others; empty: nothing does
  std::string headers;                   // compact JSON object, without signatures and credentials
  std::shared_ptr<const Value> payload;  // shared with the runs that read it
};

/// `workflows` listen to the path, all with the same secret; one at least. The refusal is the answer to send:
/// 403 without a secret, 401, 415, 400, or 422 with all faults where the schema of each refuses. Pure.
std::expected<CustomReceived, http::Response> receive_custom(std::span<const CurrentWorkflowPtr> workflows,
                                                             const FindSecrets& find_secrets,
                                                             bool is_on_loopback,
                                                             const http::Request& request);

}  // namespace callboard::dispatcher
