#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "dispatcher/ingress/source.hpp"
#include "shared/http/server/message.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// A delivery that is genuine and readable.
struct Received {
  std::string external_id;
  std::string event;                     // "pull_request.opened", "push"
  std::string headers;                   // compact JSON object, without signatures and credentials
  std::shared_ptr<const Value> payload;  // shared with the runs that read it; null where nobody wants it
};

/// Whether any workflow listens to the event (the part before the action), so that the payload is worth
/// converting.
using WantsPayload = std::function<bool(std::string_view event)>;

/// Everything that can be said of a delivery from its bytes: signature over the raw body first, then the
/// rest. The refusal is the answer to send. Pure.
std::expected<Received, http::Response> receive(const Sender& sender, const http::Request& request, Time now,
                                                const WantsPayload& wants_payload);

}  // namespace callboard::dispatcher
