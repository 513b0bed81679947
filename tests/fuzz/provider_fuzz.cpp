#include <algorithm>
#include <charconv>
#include <string>

#include "shared/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "worker/providers/protocol.hpp"

namespace {

/// A status and a Retry-After on the first line, then the body.
callboard::http::ClientResponse read_response(std::string_view input) {
  callboard::http::ClientResponse response;
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view first = input.substr(0, end);
  const auto digits =
      std::from_chars(first.data(), first.data() + std::min<std::size_t>(3, first.size()), response.status);
  const auto after = first.substr(static_cast<std::size_t>(digits.ptr - first.data()));
  if (!after.empty()) response.headers.push_back({"retry-after", std::string(after)});
  response.body = input.substr(std::min(end + 1, input.size()));
  return response;
}

}  // namespace

// An answer is text in UTF-8, or an error whose message is harmless on a terminal.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  const http::ClientResponse response = read_response(input);
  for (const worker::Protocol* protocol : {&worker::openai_protocol(), &worker::anthropic_protocol()}) {
    const worker::Reply reply = protocol->read(response);
    if (reply) {
      CALLBOARD_CHECK(response.status < 300);
      CALLBOARD_CHECK(is_utf8(reply->text) && is_utf8(reply->model) && is_utf8(reply->stop_reason));
    } else {
      CALLBOARD_CHECK(!reply.error().message.empty() &&
                      printable(reply.error().message, true) == reply.error().message);
    }
  }
}
