#pragma once

#include "shared/base/error.hpp"
#include "shared/http/client/client.hpp"

namespace callboard::http {

bool is_redirect(const ClientResponse& response);

/// The request that follows a redirect (RFC 9110, 15.4): 303 always, and 301 and 302 to a POST, become GET
/// without a body. To another scheme, host or port go neither Authorization nor Cookie nor secret headers;
/// `forbidden` if a body that holds a secret would.
Result<ClientRequest> follow(ClientRequest request, const ClientResponse& response);

}  // namespace callboard::http
