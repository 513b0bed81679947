#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/limits.hpp"

namespace callboard::dispatcher {

/// A sender of webhooks, as data: where it signs, how it names events and deliveries.
struct Source {
  std::string_view name;              // "github": in deliveries, verdicts and workflow files
  std::string_view path;              // "/webhooks/github"
  std::string_view signature_header;  // HMAC-SHA256 over the raw body, in hex …
  std::string_view signature_prefix;  // … behind this
  std::string_view delivery_header;   // the sender's id of the delivery
  std::string_view event_header;      // names the event; empty: the body's `type` does
  bool forms = false;                 // the body may be a form whose field `payload` holds the JSON
  std::optional<Micros> window;       // how far the body's `webhookTimestamp` may be from now
  std::string_view ping;              // an event of the sender's own that no workflow can listen to
};

inline constexpr Source kGithub{
    .name = "github",
    .path = "/webhooks/github",
    .signature_header = "X-Hub-Signature-256",
    .signature_prefix = "sha256=",
    .delivery_header = "X-GitHub-Delivery",
    .event_header = "X-GitHub-Event",
    .forms = true,
    .window = std::nullopt,
    .ping = "ping",
};
inline constexpr Source kLinear{
    .name = "linear",
    .path = "/webhooks/linear",
    .signature_header = "Linear-Signature",
    .signature_prefix = "",
    .delivery_header = "Linear-Delivery",
    .event_header = "",
    .forms = false,
    .window = limits::kLinearWindow,
    .ping = "",
};

/// A source and what this dispatcher was told about it.
struct Sender {
  const Source& source;
  std::vector<std::string> secrets;  // any of them may have signed
  bool insecure = false;             // unsigned deliveries are taken while there is no secret
};

}  // namespace callboard::dispatcher
