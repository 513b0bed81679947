#include <string>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "worker/providers/answer_class.hpp"
#include "worker/providers/protocol.hpp"

namespace callboard::worker {
namespace {

/// OpenAI's own newer models refuse the older name; other servers know only that.
std::string_view limit_name(const Endpoint& endpoint) {
  return endpoint.base_url.starts_with("https://api.openai.com") ? "max_completion_tokens" : "max_tokens";
}

run::ErrorClass class_of_error(const Value* error, int status, std::string_view message) {
  const std::string_view code = find_text(error, "code");
  const std::string_view type = find_text(error, "type");
  if (code == "context_length_exceeded" || code == "content_policy_violation" || code == "content_filter") {
    return run::ErrorClass::prompt;
  }
  if (code == "insufficient_quota" || type == "insufficient_quota" || status == 402)
    return run::ErrorClass::quota;
  if (status == 400 && message.find("API key not valid") != std::string_view::npos)
    return run::ErrorClass::auth;
  if (status == 413) return run::ErrorClass::prompt;
  return class_of_status(status).value_or(run::ErrorClass::server);
}

/// {"error":{…}}, an array of one of those, {"error":"text"}, {"detail":…}, {"message":…}, or plain text.
run::StepError read_error(const http::ClientResponse& response) {
  const auto parsed = read_json(response.body);
  const Value* body = parsed ? &*parsed : nullptr;
  if (body != nullptr && body->is_array() && !body->get_array().empty()) body = &body->get_array()[0];
  const Value* error = find(body, "error");
  std::string_view message = find_text(error, "message");
  if (message.empty()) message = find_text(body, "error");
  if (message.empty()) message = find_text(body, "detail");
  if (message.empty()) message = find_text(body, "message");
  if (message.empty()) message = response.body;
  return {class_of_error(error, response.status, message),
          "HTTP " + std::to_string(response.status) + retry_hint(response) + ": " + printable(message, true)};
}

class OpenAi final : public Protocol {
 public:
  http::ClientRequest make_request(const Endpoint& endpoint, const Prompt& prompt) const override {
    Array messages;
    if (!prompt.system.empty()) messages.push_back(Object{{"role", "system"}, {"content", prompt.system}});
    for (const auto& message : prompt.messages) {
      messages.push_back(Object{{"role", message.role}, {"content", message.content}});
    }
    Object body{{"model", prompt.model}, {"messages", std::move(messages)}};
    if (prompt.max_tokens) body[limit_name(endpoint)] = *prompt.max_tokens;
    if (prompt.temperature) body["temperature"] = *prompt.temperature;
    http::ClientRequest request;
    request.method = "POST";
    request.url = endpoint.base_url + "/chat/completions";
    request.headers.push_back({"Content-Type", "application/json"});
    if (!endpoint.key.empty()) request.headers.push_back({"Authorization", "Bearer " + endpoint.key, true});
    request.body = write_json(body);
    return request;
  }

  Reply read(const http::ClientResponse& response) const override {
    if (response.status >= 300) return std::unexpected(read_error(response));
    const auto body = read_json(response.body);
    const Value* choices = body ? find(&*body, "choices") : nullptr;
    if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) {
      return std::unexpected(
          run::StepError{run::ErrorClass::server, "the provider's answer holds no choice"});
    }
    const Value& choice = choices->get_array()[0];
    const Value* message = find(&choice, "message");
    const std::string_view refusal = find_text(message, "refusal");
    Answer answer;
    answer.text = find_text(message, "content");
    answer.model = find_text(&*body, "model");
    answer.stop_reason = find_text(&choice, "finish_reason");
    if (!refusal.empty() || (answer.text.empty() && answer.stop_reason == "content_filter")) {
      return std::unexpected(
          run::StepError{run::ErrorClass::prompt,
                         "the model refuses: " + printable(refusal.empty() ? answer.stop_reason : refusal)});
    }
    const Value* usage = find(&*body, "usage");
    answer.input_tokens = find_int(usage, "prompt_tokens");
    answer.output_tokens = find_int(usage, "completion_tokens");
    return answer;
  }
};

}  // namespace

const Protocol& openai_protocol() {
  static const OpenAi protocol;
  return protocol;
}

}  // namespace callboard::worker
