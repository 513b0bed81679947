#include "dispatcher/ingress/receive.hpp"

#include <algorithm>
#include <cctype>

#include "dispatcher/ingress/peek.hpp"
#include "dispatcher/ingress/receive_parts.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

using Refusal = std::unexpected<http::Response>;

constexpr std::size_t kNameBytes = 200;  // of a delivery id or an event's name

Refusal refuse(int status, std::string_view detail) { return Refusal(http::make_problem(status, detail)); }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::expected<void, http::Response> check_signature(const Sender& sender, const http::Request& request) {
  const Source& source = sender.source;
  if (sender.secrets.empty()) {
    if (sender.insecure) return {};
    return refuse(403, "no webhook secret is set for " + std::string(source.name));
  }
  const auto signature = request.headers.find(source.signature_header);
  if (!signature) return refuse(401, "the header " + std::string(source.signature_header) + " is missing");
  if (!signature->starts_with(source.signature_prefix) ||
      !is_signed_by_any(sender.secrets, signature->substr(source.signature_prefix.size()), request.body)) {
    return refuse(401, "the signature does not match");
  }
  return {};
}

/// Signatures and credentials are not kept: whoever may read deliveries could use them.
bool is_sensitive(std::string_view name) {
  const std::string lower = lower_case(name);
  if (lower.starts_with("callboard-")) return true;  // ours to set
  for (const std::string_view part : {"signature", "authorization", "cookie", "token", "secret", "api-key"}) {
    if (lower.contains(part)) return true;
  }
  return false;
}

struct Payload {
  PayloadFields fields;
  std::shared_ptr<const Value> value;  // as in Received
};

Result<Payload> read_whole(std::string_view json) {
  auto value = read_json(json);
  if (!value) return std::unexpected(value.error());
  if (!value->is_object()) return fail(ErrorCode::invalid, "the payload is not a JSON object");
  auto shared = std::make_shared<const Value>(std::move(*value));
  return Payload{.fields = fields_of(*shared), .value = shared};
}

Result<Payload> read_payload_once(const Source& source, std::string_view header_event, std::string_view json,
                                  bool padded, const WantsPayload& wants_payload) {
  if (!source.event_header.empty() && wants_payload(header_event)) return read_whole(json);
  auto fields = peek_payload(json, padded);
  if (!fields) return std::unexpected(fields.error());
  if (source.event_header.empty() && wants_payload(fields->type)) return read_whole(json);
  return Payload{.fields = std::move(*fields), .value = nullptr};
}

std::expected<void, http::Response> check_window(const Source& source, const PayloadFields& fields,
                                                 Time now) {
  if (!source.window) return {};
  if (!fields.timestamp) return refuse(401, "the body has no webhookTimestamp");
  constexpr std::int64_t kMostMillis = std::int64_t{1} << 52;
  if (*fields.timestamp < 0 || *fields.timestamp > kMostMillis)
    return refuse(401, "the webhookTimestamp is out of range");
  const Time sent{std::chrono::milliseconds(*fields.timestamp)};
  const Micros apart = now > sent ? now - sent : sent - now;
  if (apart > *source.window) return refuse(401, "the webhookTimestamp is too far from now");
  return {};
}

}  // namespace

bool is_signed_by_any(const std::vector<std::string>& secrets, std::string_view signature,
                      std::string_view body) {
  const std::string given = lower_case(signature);
  bool matches = false;
  for (const std::string& secret : secrets)
    matches |= equal_in_constant_time(given, to_hex(hmac_sha256(secret, body)));
  return matches;
}

std::expected<bool, http::Response> check_is_form(bool takes_forms, const http::Request& request) {
  const std::string_view coding = request.headers.get("Content-Encoding");
  if (!coding.empty() && !http::equal_ignoring_case(coding, "identity")) {
    return refuse(415, "a body with a Content-Encoding is not accepted");
  }
  std::string_view type = request.headers.get("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (http::equal_ignoring_case(type, "application/json")) return false;
  if (takes_forms && http::equal_ignoring_case(type, "application/x-www-form-urlencoded")) return true;
  return refuse(415, "the Content-Type must be application/json");
}

bool is_delivery_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytes &&
         std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

std::string write_headers(const http::Headers& headers, std::string_view secret_header) {
  std::string out = "{";
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (is_sensitive(headers.name(i)) || http::equal_ignoring_case(headers.name(i), secret_header)) continue;
    if (out.size() > 1) out += ',';
    append_json_string(out, lower_case(headers.name(i)));
    out += ':';
    append_json_string(out, headers.value(i));
  }
  return out + "}";
}

std::expected<Received, http::Response> receive(const Sender& sender, const http::Request& request, Time now,
                                                const WantsPayload& wants_payload) {
  const Source& source = sender.source;
  if (auto genuine = check_signature(sender, request); !genuine) return Refusal(std::move(genuine.error()));
  const auto is_form = check_is_form(source.forms, request);
  if (!is_form) return Refusal(is_form.error());

  Received received;
  received.external_id = std::string(request.headers.get(source.delivery_header));
  if (!is_delivery_name(received.external_id)) {
    return refuse(400, "the header " + std::string(source.delivery_header) + " must name the delivery");
  }
  const std::string_view header_event =
      source.event_header.empty() ? std::string_view() : request.headers.get(source.event_header);
  if (!source.event_header.empty() && !is_delivery_name(header_event)) {
    return refuse(400, "the header " + std::string(source.event_header) + " must name the event");
  }

  std::optional<std::string> form;
  if (*is_form) {
    // GitHub sends this one field; whoever reads the stored body later rests on it.
    if (request.body.starts_with("payload=")) form = http::find_form_field(request.body, "payload");
    if (!form) return refuse(400, "the form must be a field `payload` that decodes");
  }
  const std::string_view json = form ? std::string_view(*form) : std::string_view(request.body);
  const bool padded = !form && request.body.capacity() >= request.body.size() + http::kBodyPadding;
  auto payload = read_payload_once(source, header_event, json, padded, wants_payload);
  if (!payload) return refuse(400, payload.error().message);
  if (auto in_time = check_window(source, payload->fields, now); !in_time)
    return Refusal(std::move(in_time.error()));

  received.event = source.event_header.empty() ? payload->fields.type : std::string(header_event);
  const std::string& action = payload->fields.action;
  if (!action.empty()) received.event += "." + action;
  if (!is_delivery_name(received.event)) return refuse(400, "the body does not name its event");
  received.headers = write_headers(request.headers, source.signature_header);
  received.payload = std::move(payload->value);
  return received;
}

}  // namespace callboard::dispatcher
