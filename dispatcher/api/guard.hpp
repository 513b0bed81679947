#pragma once

#include <optional>
#include <string>

#include "shared/http/server/message.hpp"

namespace callboard::dispatcher {

/// What keeps web pages away from the local API: a page can make a browser send requests here, but it can
/// choose neither their Host (DNS rebinding keeps the page's own name) nor their Origin, nor a JSON content
/// type without a pre-flight that nobody here answers. Forms are taken at the pages of approval links
/// alone, which are known by the signature in their address.
class Guard {
 public:
  /// `public_url`: how the outside reaches this dispatcher, or empty.
  explicit Guard(const std::string& public_url);

  /// The refusal (403 or 415), or nothing. Not for /webhooks/: those are known by their signatures.
  std::optional<http::Response> check(const http::Request& request) const;

 private:
  bool is_own_host(std::string_view authority) const;
  bool is_own_origin(std::string_view origin, std::string_view host) const;

  std::string public_origin_;     // "https://callboard.example:8443"
  std::string public_authority_;  // "callboard.example:8443"
};

}  // namespace callboard::dispatcher
