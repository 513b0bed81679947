#include <algorithm>
#include <string>

#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/ingress/receive.hpp"
#include "shared/http/server/request_parser.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace callboard;
using namespace callboard::dispatcher;

const Time kNow = *parse_time("2026-11-21T08:00:00Z");
constexpr std::string_view kSecret = "s3cret";

/// Lines of headers up to an empty line, then the body. Nothing where no server would let the headers in.
std::optional<http::Request> read_request(std::string_view input) {
  const std::size_t end = std::min(input.find("\n\n"), input.size());
  std::string head = "POST /webhooks HTTP/1.1\r\nHost: a\r\n";
  for (const char c : input.substr(0, end)) head.append(c == '\n' ? "\r\n" : std::string(1, c));
  head += "\r\nContent-Length: 0\r\n\r\n";
  http::RequestParser parser;
  std::size_t consumed = 0;
  if (parser.put(head, consumed) != http::RequestParser::Progress::headers || !parser.is_whole())
    return std::nullopt;
  http::Request request = parser.take();
  request.body = input.substr(std::min(end + 2, input.size()));
  return request;
}

void check_accepted(const Received& received, const http::Request& request) {
  for (const char c : received.event) CALLBOARD_CHECK(c > 0x20 && c < 0x7f);
  const auto headers = read_json(received.headers);
  CALLBOARD_CHECK(headers && headers->is_object());
  for (const auto& [name, value] : headers->get_object()) CALLBOARD_CHECK(!name.contains("signature"));
  CALLBOARD_CHECK(received.payload != nullptr);
  log::Delivery stored;
  stored.body = request.body;
  const auto again = read_payload(stored);
  CALLBOARD_CHECK(again && write_json(*again) == write_json(*received.payload));
}

void check(const Source& source, const http::Request& request) {
  const Sender open{source, {}, true};
  const auto wanted = receive(open, request, kNow, [](std::string_view) { return true; });
  const auto unwanted = receive(open, request, kNow, [](std::string_view) { return false; });
  CALLBOARD_CHECK(wanted.has_value() == unwanted.has_value());
  if (wanted) {
    check_accepted(*wanted, request);
    CALLBOARD_CHECK(unwanted->payload == nullptr);
    CALLBOARD_CHECK(unwanted->event == wanted->event && unwanted->headers == wanted->headers);
  } else {
    CALLBOARD_CHECK(wanted.error().status == unwanted.error().status);
    CALLBOARD_CHECK(wanted.error().status >= 400 && wanted.error().status < 500 &&
                    read_json(wanted.error().body));
  }

  const Sender closed{source, {std::string(kSecret)}, false};
  const auto nobody = [](std::string_view) { return false; };
  const auto unsigned_one = receive(closed, request, kNow, nobody);
  CALLBOARD_CHECK(!unsigned_one && unsigned_one.error().status == 401);
  if (request.headers.find(source.signature_header)) return;
  http::Request genuine = request;
  genuine.headers.add(source.signature_header,
                      std::string(source.signature_prefix) + to_hex(hmac_sha256(kSecret, request.body)));
  const auto received = receive(closed, genuine, kNow, nobody);
  CALLBOARD_CHECK(received.has_value() == unwanted.has_value());
  if (received) CALLBOARD_CHECK(received->headers == unwanted->headers);
}

}  // namespace

// A delivery is taken or refused the same whoever listens; what is taken can be read again from what is
// stored, keeps no signature, and without one nothing is taken.
CALLBOARD_FUZZ_ONE(input) {
  const auto request = read_request(input);
  if (!request) return;
  check(kGithub, *request);
  check(kLinear, *request);
}
