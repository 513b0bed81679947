#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/http/client/client.hpp"
#include "shared/run/event.hpp"

namespace callboard::worker {

/// What a model is asked, whoever serves it.
struct Prompt {
  struct Message {
    std::string role;  // user, assistant, system
    std::string content;
  };
  std::string model;
  std::string system;  // empty: none
  std::vector<Message> messages;
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
};

/// What it answered.
struct Answer {
  std::string text;
  std::string model;
  std::string stop_reason;
  std::int64_t input_tokens = 0;  // all of them, those from a cache included
  std::int64_t output_tokens = 0;
};

using Reply = std::expected<Answer, run::StepError>;

/// Where a provider is, and as whom to ask.
struct Endpoint {
  std::string base_url;  // without a slash at its end
  std::string key;       // empty: none is sent
};

/// One way to speak with a model over HTTP. Pure; the sending is the caller's.
class Protocol {
 public:
  virtual ~Protocol() = default;
  /// Method, URL, headers and body; the rest is the caller's.
  virtual http::ClientRequest make_request(const Endpoint& endpoint, const Prompt& prompt) const = 0;
  /// Tolerates unknown and missing fields.
  virtual Reply read(const http::ClientResponse& response) const = 0;
};

/// OpenAI's chat completions, which many others speak too.
const Protocol& openai_protocol();
/// Anthropic's messages.
const Protocol& anthropic_protocol();

}  // namespace callboard::worker
