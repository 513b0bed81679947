#include <algorithm>
#include <string>

#include "shared/http/client/address.hpp"
#include "shared/http/client/redirect.hpp"
#include "shared/http/client/url.hpp"
#include "shared/http/server/message.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace callboard::http;

/// Whatever a server names as the next place: no credential leaves its origin.
void check_redirect(const std::string& url, std::string_view location, int status) {
  ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.is_trusted = true;
  request.headers = {{"Authorization", "x"}, {"X-Key", "x", true}, {"X-Plain", "x"}};
  ClientResponse response;
  response.status = status;
  response.headers = {{"location", std::string(location)}};
  const auto next = follow(request, response);
  if (!next) return;
  const auto from = origin_of(url);
  const auto to = origin_of(next->url);
  CALLBOARD_CHECK(from && to);
  if (*from == *to) return;
  CALLBOARD_CHECK(!next->is_trusted && next->headers.size() == 1 && next->headers[0].name == "X-Plain");
}

}  // namespace

// URLs, redirects, addresses, and percent-encoding.
CALLBOARD_FUZZ_ONE(input) {
  const std::string text(input);
  for (const int status : {302, 303, 307}) check_redirect("https://a.example:8443/x", input, status);
  if (const auto origin = origin_of(text)) CALLBOARD_CHECK(!origin->host.empty() && !origin->port.empty());

  CALLBOARD_CHECK(percent_decode(percent_encode(input), false) == text);
  if (const auto decoded = percent_decode(input, true)) CALLBOARD_CHECK(decoded->size() <= input.size());
  find_form_field(input, "payload");

  if (const auto address = parse_address(input)) {
    is_public(*address);
    const auto range = parse_range(input);
    CALLBOARD_CHECK(!range || range->contains(*address));
  }
  if (const auto range = parse_range(input))
    CALLBOARD_CHECK(range->bits <= 128 && range->contains(range->base));
}
