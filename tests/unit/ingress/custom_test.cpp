#include "dispatcher/ingress/custom.hpp"

#include <gtest/gtest.h>

#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

CurrentWorkflowPtr listening(const std::string& webhook, const std::string& name = "w") {
  auto compiled = compile_workflow(
      "name: " + name + "\non: {webhook: {path: p, " + webhook + "}}\nsteps: [{type: noop}]\n", "yaml", true);
  EXPECT_TRUE(compiled.has_value()) << workflow::to_string(compiled.error(), name);
  return std::make_shared<const CurrentWorkflow>(std::move(*compiled));
}

std::vector<std::string> two_secrets(std::string_view name) {
  return name == "A_SECRET" ? std::vector<std::string>{"old", "new"} : std::vector<std::string>();
}

http::Request request_of(std::string body, std::string_view header = "", std::string_view value = "") {
  http::Request request;
  request.method = "POST";
  request.path = "/webhooks/custom/p";
  request.headers.add("Host", "localhost:8080");
  request.headers.add("Content-Type", "application/json");
  if (!header.empty()) request.headers.add(header, value);
  request.body = std::move(body);
  return request;
}

/// 202, or the status of the refusal.
int status_of(const std::vector<CurrentWorkflowPtr>& workflows, const http::Request& request,
              bool on_loopback = true) {
  const auto received = receive_custom(workflows, two_secrets, on_loopback, request);
  return received ? 202 : received.error().status;
}

TEST(ReceiveCustom, AnyOfTheSecretsMayHaveSigned) {
  const std::vector hooks{listening("secret: A_SECRET")};
  for (const std::string_view secret : {"old", "new"}) {
    EXPECT_EQ(
        status_of(hooks, request_of("{}", "X-Signature-256", "sha256=" + to_hex(hmac_sha256(secret, "{}")))),
        202);
  }
  EXPECT_EQ(status_of(hooks, request_of("{}", "X-Signature-256", to_hex(hmac_sha256("new", "{}")))), 401)
      << "without its prefix";
  EXPECT_EQ(
      status_of(hooks, request_of("{} ", "X-Signature-256", "sha256=" + to_hex(hmac_sha256("new", "{}")))),
      401);
  EXPECT_EQ(status_of(hooks, request_of("{}", "X-Signature-256", "sha256=")), 401);
  EXPECT_EQ(status_of(hooks, request_of("{}")), 401);
}

TEST(ReceiveCustom, ABearerShowsTheSecretItself) {
  const std::vector hooks{listening("secret: A_SECRET, scheme: bearer")};
  EXPECT_EQ(status_of(hooks, request_of("{}", "Authorization", "bearer old")), 202);
  EXPECT_EQ(status_of(hooks, request_of("{}", "Authorization", "Bearer other")), 401);
  EXPECT_EQ(status_of(hooks, request_of("{}", "Authorization", "Bearer ")), 401);
}

TEST(ReceiveCustom, WithoutASecretNothingIsTakenButOnLoopback) {
  EXPECT_EQ(status_of({listening("secret: B_SECRET")}, request_of("{}", "X-Signature-256", "sha256=00")),
            403);
  const std::vector open{listening("scheme: none")};
  EXPECT_EQ(status_of(open, request_of("{}"), true), 202);
  EXPECT_EQ(status_of(open, request_of("{}"), false), 403);
}

TEST(ReceiveCustom, WithoutASecretNothingIsTakenThatCameByAProxyOrForAnotherHost) {
  const std::vector open{listening("scheme: none")};
  for (const std::string_view header : {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"}) {
    EXPECT_EQ(status_of(open, request_of("{}", header, "203.0.113.7")), 403) << header;
  }
  for (const std::string_view host : {"evil.example", "127.0.0.1.evil.example", ""}) {
    http::Request request;
    request.headers.add("Host", host);
    request.headers.add("Content-Type", "application/json");
    request.body = "{}";
    EXPECT_EQ(status_of(open, request), 403) << host;
  }
}

TEST(ReceiveCustom, ThePayloadIsAJsonObjectThatOneSchemaTakes) {
  const std::vector both{listening("scheme: none, schema: {required: [a]}", "one"),
                         listening("scheme: none, schema: {required: [b]}", "two")};
  EXPECT_EQ(status_of(both, request_of(R"({"b":1})")), 202);
  EXPECT_EQ(status_of(both, request_of("[]")), 400);
  EXPECT_EQ(status_of(both, request_of("{")), 400);
  const auto refused = receive_custom(both, two_secrets, true, request_of("{}"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 422);
  EXPECT_NE(refused.error().body.find(R"(found no \"a\", which is required)"), std::string::npos)
      << refused.error().body;
}

TEST(ReceiveCustom, KeepsNoCredentials) {
  const std::vector hooks{listening("secret: A_SECRET, scheme: bearer, header: X-Shared")};
  auto request = request_of("{}", "X-Shared", "old");
  request.headers.add("Idempotency-Key", "k-1");
  const auto received = receive_custom(hooks, two_secrets, true, request);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->key, "k-1");
  EXPECT_EQ(received->headers,
            R"({"host":"localhost:8080","content-type":"application/json","idempotency-key":"k-1"})");
}

}  // namespace
}  // namespace callboard::dispatcher
