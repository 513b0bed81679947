#include "shared/http/client/redirect.hpp"

#include <utility>

#include "shared/http/client/url.hpp"

namespace callboard::http {
namespace {

bool is_credential(const Header& header) {
  const std::string name = lower_case(header.name);
  return header.is_secret || name == "authorization" || name == "cookie" || name == "proxy-authorization";
}

void drop_body(ClientRequest& request) {
  request.method = request.method == "HEAD" ? "HEAD" : "GET";
  request.body.clear();
  request.has_secret_body = false;
  std::erase_if(request.headers,
                [](const Header& header) { return lower_case(header.name).starts_with("content-"); });
}

}  // namespace

bool is_redirect(const ClientResponse& response) {
  const int status = response.status;
  const bool is_one = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  return is_one && !response.header("location").empty();
}

Result<ClientRequest> follow(ClientRequest request, const ClientResponse& response) {
  auto next = resolve_url(request.url, std::string(response.header("location")));
  if (!next) return std::unexpected(next.error());
  const auto from = origin_of(request.url);
  const auto to = origin_of(*next);
  if (!from) return std::unexpected(from.error());
  if (!to) return std::unexpected(to.error());
  request.url = std::move(*next);
  const bool becomes_get = response.status == 303 ||
                           (request.method == "POST" && (response.status == 301 || response.status == 302));
  if (becomes_get) drop_body(request);
  if (*from == *to) return request;
  if (request.has_secret_body) {
    return fail(ErrorCode::forbidden, "redirected to " + to->host + " with a body that holds a secret");
  }
  request.is_trusted = false;
  std::erase_if(request.headers, is_credential);
  return request;
}

}  // namespace callboard::http
