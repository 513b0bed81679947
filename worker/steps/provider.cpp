#include "worker/steps/provider.hpp"

#include <string>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "worker/providers/answer_class.hpp"
#include "worker/steps/requesting.hpp"

namespace callboard::worker {
namespace {

/// Either of two names for the same.
std::string_view text_of(const Value& params, std::string_view name, std::string_view other) {
  const std::string_view text = find_text(&params, name);
  return text.empty() ? find_text(&params, other) : text;
}

Result<Prompt> make_prompt(const Value& params) {
  Prompt prompt;
  prompt.model = find_text(&params, "model");
  if (prompt.model.empty()) return fail(ErrorCode::invalid, "`model` is missing");
  prompt.system = text_of(params, "system", "systemPrompt");
  if (const Value* messages = find(&params, "messages"); messages != nullptr && messages->is_array()) {
    for (const Value& message : messages->get_array()) {
      prompt.messages.push_back(
          {std::string(find_text(&message, "role")), std::string(find_text(&message, "content"))});
    }
  } else if (const std::string_view text = text_of(params, "prompt", "message"); !text.empty()) {
    prompt.messages.push_back({"user", std::string(text)});
  }
  if (prompt.messages.empty()) return fail(ErrorCode::invalid, "`prompt` is empty");
  if (const std::int64_t most = find_int(&params, "maxTokens"); most > 0) prompt.max_tokens = most;
  if (const Value* chance = find(&params, "temperature"); chance != nullptr && chance->is_number()) {
    prompt.temperature = chance->to_number<double>();
  }
  return prompt;
}

run::Outcome outcome_of(const Reply& reply) {
  if (!reply) return failed(reply.error().error_class, reply.error().message);
  const Object usage{{"inputTokens", reply->input_tokens}, {"outputTokens", reply->output_tokens}};
  run::Outcome outcome = completed(Object{{"text", reply->text},
                                          {"message", reply->text},
                                          {"model", reply->model},
                                          {"stopReason", reply->stop_reason},
                                          {"usage", usage}});
  outcome.usage = write_json(usage);
  return outcome;
}

class ProviderStep final : public Executor {
 public:
  ProviderStep(http::Client& client, Endpoints endpoints)
      : client_(client), endpoints_(std::move(endpoints)) {}
  std::string_view name() const override { return "provider"; }

  Begun begin(StepCall call, StepDone done) override {
    const std::string_view name = find_text(&call.params, "provider");
    const Provider* provider = find_provider(name);
    if (provider == nullptr) {
      return failed(run::ErrorClass::validation, "there is no provider named '" + printable(name) + "'");
    }
    const auto found = endpoints_.find(provider->name);
    if (found == endpoints_.end()) {
      return failed(run::ErrorClass::auth, std::string(provider->name) +
                                               " is not set up on this worker: set " +
                                               std::string(provider->key_setting));
    }
    const auto prompt = make_prompt(call.params);
    if (!prompt) return failed(run::ErrorClass::validation, prompt.error().message);
    Endpoint endpoint = found->second;
    endpoint.base_url += provider->path;
    http::ClientRequest request = provider->protocol->make_request(endpoint, *prompt);
    request.timeout = call.timeout;
    request.redirects = 0;
    request.is_trusted = true;
    request.has_secret_body = true;
    request.headers.push_back({"User-Agent", "callboard"});
    const auto read = [protocol = provider->protocol](Result<http::ClientResponse> response) {
      if (!response) return failed(class_of_failure(response.error().code), response.error().message);
      return outcome_of(protocol->read(*response));
    };
    return std::make_unique<Requesting>(client_, std::move(request), read, std::move(done));
  }

 private:
  http::Client& client_;
  Endpoints endpoints_;
};

}  // namespace

std::unique_ptr<Executor> make_provider(http::Client& client, Endpoints endpoints) {
  return std::make_unique<ProviderStep>(client, std::move(endpoints));
}

}  // namespace callboard::worker
