#include <string>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "worker/providers/answer_class.hpp"
#include "worker/providers/protocol.hpp"

namespace callboard::worker {
namespace {

constexpr std::string_view kVersion = "2023-06-01";
constexpr std::int64_t kDefaultMaxTokens = 4'096;  // the protocol wants a number

bool is_about_length(std::string_view message) {
  return message.find("prompt is too long") != std::string_view::npos ||
         message.find("context limit") != std::string_view::npos;
}

run::ErrorClass class_of_error(const Value* error, int status) {
  const std::string_view type = find_text(error, "type");
  const std::string_view reason = find_text(find(error, "details"), "error_code");
  if (type == "billing_error" || reason == "enforced_spend_limit_reached") return run::ErrorClass::quota;
  if (type == "request_too_large" || status == 413) return run::ErrorClass::prompt;
  if (type == "invalid_request_error" && is_about_length(find_text(error, "message")))
    return run::ErrorClass::prompt;
  if (type == "authentication_error" || type == "permission_error") return run::ErrorClass::auth;
  if (type == "rate_limit_error") return run::ErrorClass::rate_limit;
  if (type == "timeout_error") return run::ErrorClass::timeout;
  if (type == "conflict_error") return run::ErrorClass::server;
  return class_of_status(status).value_or(run::ErrorClass::server);
}

run::StepError read_error(const http::ClientResponse& response) {
  const auto body = read_json(response.body);
  const Value* error = body ? find(&*body, "error") : nullptr;
  std::string_view message = find_text(error, "message");
  if (message.empty()) message = response.body;
  return {class_of_error(error, response.status),
          "HTTP " + std::to_string(response.status) + retry_hint(response) + ": " + printable(message, true)};
}

/// The text blocks, one behind another; others (thinking, tools) are not for a step that asks for text.
std::string read_text(const Value* content) {
  std::string text;
  if (content == nullptr || !content->is_array()) return text;
  for (const Value& block : content->get_array()) {
    if (find_text(&block, "type") == "text") text += find_text(&block, "text");
  }
  return text;
}

class Anthropic final : public Protocol {
 public:
  http::ClientRequest make_request(const Endpoint& endpoint, const Prompt& prompt) const override {
    std::string system = prompt.system;
    Array messages;
    for (const auto& message : prompt.messages) {
      if (message.role == "system") {
        if (!system.empty()) system += "\n\n";
        system += message.content;
      } else {
        messages.push_back(Object{{"role", message.role}, {"content", message.content}});
      }
    }
    Object body{{"model", prompt.model},
                {"max_tokens", prompt.max_tokens.value_or(kDefaultMaxTokens)},
                {"messages", std::move(messages)}};
    if (!system.empty()) body["system"] = system;
    if (prompt.temperature) body["temperature"] = *prompt.temperature;
    http::ClientRequest request;
    request.method = "POST";
    request.url = endpoint.base_url + "/v1/messages";
    request.headers.push_back({"Content-Type", "application/json"});
    request.headers.push_back({"anthropic-version", std::string(kVersion)});
    if (!endpoint.key.empty()) request.headers.push_back({"x-api-key", endpoint.key, true});
    request.body = write_json(body);
    return request;
  }

  Reply read(const http::ClientResponse& response) const override {
    if (response.status >= 300) return std::unexpected(read_error(response));
    const auto body = read_json(response.body);
    if (!body || find(&*body, "content") == nullptr) {
      return std::unexpected(
          run::StepError{run::ErrorClass::server, "the provider's answer holds no content"});
    }
    Answer answer;
    answer.text = read_text(find(&*body, "content"));
    answer.model = find_text(&*body, "model");
    answer.stop_reason = find_text(&*body, "stop_reason");
    if (answer.stop_reason == "refusal") {
      return std::unexpected(
          run::StepError{run::ErrorClass::prompt, "the model refuses: " + printable(answer.text, true)});
    }
    const Value* usage = find(&*body, "usage");
    answer.input_tokens = find_int(usage, "input_tokens") + find_int(usage, "cache_creation_input_tokens") +
                          find_int(usage, "cache_read_input_tokens");
    answer.output_tokens = find_int(usage, "output_tokens");
    return answer;
  }
};

}  // namespace

const Protocol& anthropic_protocol() {
  static const Anthropic protocol;
  return protocol;
}

}  // namespace callboard::worker
