#include "tests/unit/worker/step_rig.hpp"
#include "tests/unit/worker/tiny_server.hpp"

namespace callboard::test {
namespace {

using run::ErrorClass;

constexpr const char* kOpenAiAnswer =
    R"({"id":"c1","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant",)"
    R"("content":"fine","refusal":null},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15},"new_field":1})";
constexpr const char* kAnthropicAnswer =
    R"({"id":"m1","type":"message","role":"assistant","model":"c-1","content":[{"type":"thinking","thinking":"hm"},)"
    R"({"type":"text","text":"fi"},{"type":"text","text":"ne"}],"stop_reason":"end_turn",)"
    R"("usage":{"input_tokens":10,"cache_read_input_tokens":2,"output_tokens":3}})";

/// Private addresses are refused to `http` steps; a provider's base URL is exempt.
class ProviderTest : public StepTest {
 public:
  TinyServer server;

  void set_up(const char* name) { worker::add_endpoint(providers, name, server.url(""), "key-1"); }
  Value sent() { return *read_json(server.requests().at(0).body); }
};

TEST_F(ProviderTest, AnOpenAiEndpointIsAskedAndItsTokensAreCounted) {
  set_up("openai");
  server.answer(TinyServer::json(200, kOpenAiAnswer));
  const auto done =
      execute("provider", R"({"provider":"openai","model":"m","prompt":"well?","system":"be brief",)"
                          R"("maxTokens":9,"temperature":0.5})");
  const Value result = result_of(done);

  EXPECT_EQ(done.usage, R"({"inputTokens":12,"outputTokens":3})");
  EXPECT_EQ(done.result, R"({"text":"fine","message":"fine","model":"m-1","stopReason":"stop",)"
                         R"("usage":{"inputTokens":12,"outputTokens":3}})");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.line(), "POST /chat/completions HTTP/1.1");
  EXPECT_TRUE(request.has("Authorization: Bearer key-1"));
  EXPECT_EQ(request.body, R"({"model":"m","messages":[{"role":"system","content":"be brief"},)"
                          R"({"role":"user","content":"well?"}],"max_tokens":9,"temperature":0.5})");
}

TEST_F(ProviderTest, AnAnthropicEndpointIsAskedAndItsTokensAreCounted) {
  set_up("anthropic");
  server.answer(TinyServer::json(200, kAnthropicAnswer));
  const auto done =
      execute("provider", R"({"provider":"claude","model":"m","messages":[{"role":"system","content":"s"},)"
                          R"({"role":"user","content":"well?"}]})");

  EXPECT_EQ(find_text(&static_cast<const Value&>(result_of(done)), "text"), "fine");
  EXPECT_EQ(done.usage, R"({"inputTokens":12,"outputTokens":3})");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.line(), "POST /v1/messages HTTP/1.1");
  EXPECT_TRUE(request.has("x-api-key: key-1") && request.has("anthropic-version: 2023-06-01"));
  EXPECT_EQ(request.body,
            R"({"model":"m","max_tokens":4096,"messages":[{"role":"user","content":"well?"}],"system":"s"})");
}

TEST_F(ProviderTest, GeminiAndOllamaAreAskedByTheirOpenAiEndpoints) {
  set_up("gemini");
  set_up("ollama");
  server.answer(TinyServer::json(200, kOpenAiAnswer));
  result_of(execute("provider", R"({"provider":"gemini","model":"m","message":"x"})"));
  result_of(execute("provider", R"({"provider":"ollama","model":"m","message":"x"})"));

  EXPECT_EQ(server.requests().at(0).line(), "POST /v1beta/openai/chat/completions HTTP/1.1");
  EXPECT_EQ(server.requests().at(1).line(), "POST /v1/chat/completions HTTP/1.1");
}

struct Failing {
  const char* provider;
  int status;
  const char* body;
  ErrorClass expected;
};

TEST_F(ProviderTest, ErrorsHaveTheirClasses) {
  set_up("openai");
  set_up("anthropic");
  const Failing all[] = {
      {"openai", 401, R"({"error":{"message":"bad key","type":"x","code":"invalid_api_key"}})",
       ErrorClass::auth},
      {"openai", 429, R"({"error":{"message":"slow","code":"rate_limit_exceeded"}})", ErrorClass::rate_limit},
      {"openai", 429, R"({"error":{"message":"pay","code":"insufficient_quota"}})", ErrorClass::quota},
      {"openai", 400, R"({"error":{"message":"long","code":"context_length_exceeded"}})", ErrorClass::prompt},
      {"openai", 400, R"({"detail":"no"})", ErrorClass::validation},
      {"openai", 503, "overloaded", ErrorClass::server},
      {"openai", 200, R"({"choices":[]})", ErrorClass::server},
      {"openai", 200, R"({"choices":[{"message":{"content":null,"refusal":"no"}}]})", ErrorClass::prompt},
      {"anthropic", 401, R"({"type":"error","error":{"type":"authentication_error","message":"x"}})",
       ErrorClass::auth},
      {"anthropic", 402, R"({"type":"error","error":{"type":"billing_error","message":"x"}})",
       ErrorClass::quota},
      {"anthropic", 400,
       R"({"error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}})",
       ErrorClass::prompt},
      {"anthropic", 400, R"({"error":{"type":"invalid_request_error","message":"x"}})",
       ErrorClass::validation},
      {"anthropic", 429, R"({"error":{"type":"rate_limit_error","message":"x"}})", ErrorClass::rate_limit},
      {"anthropic", 529, R"({"error":{"type":"overloaded_error","message":"x"}})", ErrorClass::server},
      {"anthropic", 200, R"({"content":[],"stop_reason":"refusal"})", ErrorClass::prompt},
  };
  for (const Failing& failing : all) {
    server.answer(TinyServer::json(failing.status, failing.body));
    const auto done = execute(
        "provider", R"({"model":"m","prompt":"x","provider":")" + std::string(failing.provider) + "\"}");
    EXPECT_EQ(done.type, run::EventType::step_failed) << failing.body;
    EXPECT_EQ(done.error.error_class, failing.expected) << failing.status << " " << failing.body;
  }
}

TEST_F(ProviderTest, AProviderThatIsNotSetUpSaysWhatIsMissing) {
  const auto done = execute("provider", R"({"provider":"anthropic","model":"m","prompt":"x"})");

  EXPECT_EQ(done.error.error_class, ErrorClass::auth);
  EXPECT_EQ(done.error.message, "anthropic is not set up on this worker: set ANTHROPIC_API_KEY");
  EXPECT_EQ(execute("provider", R"({"provider":"nobody","model":"m","prompt":"x"})").error.error_class,
            ErrorClass::validation);
}

TEST_F(ProviderTest, StoppingClosesTheConnection) {
  set_up("openai");
  begin("provider", make_call(R"({"provider":"openai","model":"m","prompt":"x"})"));
  ASSERT_TRUE(wait_until([&] { return !server.requests().empty(); }));
  execution->stop(worker::Stop::gracefully);

  EXPECT_EQ(wait().error.error_class, ErrorClass::cancelled);
}

}  // namespace
}  // namespace callboard::test
