#include "dispatcher/ingress/custom.hpp"

#include "dispatcher/ingress/receive_parts.hpp"
#include "shared/base/text.hpp"
#include "shared/http/server/loopback.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

using Refusal = std::unexpected<http::Response>;
using workflow::WebhookTrigger;

Refusal refuse(int status, std::string_view detail) { return Refusal(http::make_problem(status, detail)); }

std::expected<void, http::Response> check_is_local(bool is_on_loopback, const http::Request& request) {
  if (!is_on_loopback)
    return refuse(403, "a webhook without a secret is taken only while the dispatcher listens on loopback");
  const auto sign = http::find_sign_of_outside(request);
  if (!sign) return {};
  return refuse(403, "a webhook without a secret takes requests of this machine alone: the header " +
                         std::string(*sign) + " shows that this one came from elsewhere");
}

std::expected<void, http::Response> check_secret(const WebhookTrigger& webhook,
                                                 const FindSecrets& find_secrets, bool is_on_loopback,
                                                 const http::Request& request) {
  if (webhook.scheme == WebhookTrigger::Scheme::none) return check_is_local(is_on_loopback, request);
  const std::vector<std::string> secrets = find_secrets(webhook.secret);
  if (secrets.empty())
    return refuse(403, "no webhook secret is set: the dispatcher's environment has no " + webhook.secret);
  const auto given = request.headers.find(webhook.header);
  if (!given) return refuse(401, "the header " + webhook.header + " is missing");
  const bool has_prefix = given->size() >= webhook.prefix.size() &&
                          http::equal_ignoring_case(given->substr(0, webhook.prefix.size()), webhook.prefix);
  const std::string_view proof = has_prefix ? given->substr(webhook.prefix.size()) : std::string_view();
  if (webhook.scheme == WebhookTrigger::Scheme::hmac) {
    if (has_prefix && is_signed_by_any(secrets, proof, request.body)) return {};
    return refuse(401, "the signature does not match");
  }
  bool matches = false;
  for (const std::string& secret : secrets) matches |= has_prefix && equal_in_constant_time(proof, secret);
  if (matches) return {};
  return refuse(401, "the secret does not match");
}

std::string write_faults(const std::vector<JsonSchema::Fault>& faults) {
  std::string out = R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
                    R"("detail":"the payload is not what the webhook's schema says","errors":[)";
  for (const auto& fault : faults) {
    if (out.back() != '[') out += ',';
    out += R"({"pointer":)";
    append_json_string(out, fault.pointer);
    out += R"(,"detail":)";
    append_json_string(out, fault.message);
    out += '}';
  }
  return out + "]}";
}

/// Nothing if the schema of one of them takes the payload; what one of them does not take its verdict says.
std::optional<http::Response> find_schema_refusal(std::span<const CurrentWorkflowPtr> workflows,
                                                  const Value& payload) {
  std::optional<http::Response> refusal;
  for (const CurrentWorkflowPtr& workflow : workflows) {
    const auto& schema = workflow->triggers.webhook->schema;
    const auto faults = schema ? schema->check(payload) : std::vector<JsonSchema::Fault>();
    if (faults.empty()) return std::nullopt;
    if (refusal) continue;
    refusal = http::Response::json(422, write_faults(faults));
    refusal->content_type = http::make_problem(422, "").content_type;
  }
  return refusal;
}

}  // namespace

std::expected<CustomReceived, http::Response> receive_custom(std::span<const CurrentWorkflowPtr> workflows,
                                                             const FindSecrets& find_secrets,
                                                             bool is_on_loopback,
                                                             const http::Request& request) {
  const WebhookTrigger& webhook = *workflows.front()->triggers.webhook;
  if (auto genuine = check_secret(webhook, find_secrets, is_on_loopback, request); !genuine)
    return Refusal(std::move(genuine.error()));
  if (const auto is_form = check_is_form(false, request); !is_form) return Refusal(is_form.error());
  auto value = read_json(request.body);
  if (!value) return refuse(400, value.error().message);
  if (!value->is_object()) return refuse(400, "the payload is not a JSON object");
  if (auto refusal = find_schema_refusal(workflows, *value)) return Refusal(std::move(*refusal));
  auto key = workflow::find_idempotency_key(webhook, *value, request.headers.get(webhook.key_header));
  if (!key) return refuse(422, "the idempotency key can't be made: " + key.error().message);
  return CustomReceived{.key = std::move(*key),
                        .headers = write_headers(request.headers, webhook.header),
                        .payload = std::make_shared<const Value>(std::move(*value))};
}

}  // namespace callboard::dispatcher
