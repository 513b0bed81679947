#include "dispatcher/ingress/receive.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

const Time kNow = *parse_time("2026-11-21T08:00:00Z");
const WantsPayload kNobody = [](std::string_view) { return false; };
const WantsPayload kEverybody = [](std::string_view) { return true; };

Sender github(std::vector<std::string> secrets = {"s3cret"}) { return {kGithub, std::move(secrets), false}; }
Sender linear() { return {kLinear, {"s3cret"}, false}; }

std::string sign(std::string_view secret, std::string_view body) { return to_hex(hmac_sha256(secret, body)); }

/// A well-formed delivery, to be spoiled.
http::Request github_request(std::string body, std::string_view secret = "s3cret") {
  http::Request request;
  request.method = "POST";
  request.path = "/webhooks/github";
  request.headers.add("Content-Type", "application/json");
  request.headers.add("X-GitHub-Event", "pull_request");
  request.headers.add("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
  request.headers.add("X-Hub-Signature-256", "sha256=" + sign(secret, body));
  request.body = std::move(body);
  return request;
}

http::Request without(const http::Request& from, std::string_view name) {
  http::Request request = from;
  request.headers = http::Headers();
  for (std::size_t i = 0; i < from.headers.size(); ++i) {
    if (from.headers.name(i) != name) request.headers.add(from.headers.name(i), from.headers.value(i));
  }
  return request;
}

http::Request linear_request(Time sent) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(sent.time_since_epoch()).count();
  http::Request request;
  request.body = R"({"action":"create","type":"Issue","webhookTimestamp":)" + std::to_string(millis) + "}";
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.headers.add("Linear-Delivery", "234d1a4e-b617-4388-90fe-adc3633d6b72");
  request.headers.add("Linear-Signature", sign("s3cret", request.body));
  return request;
}

int status_of(const Sender& sender, const http::Request& request) {
  const auto received = receive(sender, request, kNow, kNobody);
  return received ? 202 : received.error().status;
}

TEST(Receive, NamesTheEventWithItsAction) {
  const auto received = receive(github(), github_request(R"({"action":"opened","number":7})"), kNow, kNobody);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->event, "pull_request.opened");
  EXPECT_EQ(received->external_id, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
  EXPECT_EQ(received->payload, nullptr);
}

TEST(Receive, NamesAnEventWithoutActionByItsHeader) {
  const auto received = receive(github(), github_request(R"({"ref":"refs/heads/main"})"), kNow, kNobody);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->event, "pull_request");
}

TEST(Receive, ConvertsThePayloadOnlyWhereSomebodyWantsIt) {
  const auto received =
      receive(github(), github_request(R"({"action":"opened","number":7})"), kNow, kEverybody);
  ASSERT_TRUE(received.has_value());
  ASSERT_NE(received->payload, nullptr);
  EXPECT_EQ(find_int(received->payload.get(), "number"), 7);
  EXPECT_EQ(received->event, "pull_request.opened");
}

TEST(Receive, AgreesWithGithubsOwnTestVector) {
  // docs.github.com, "Validating webhook deliveries".
  http::Request request = without(github_request("Hello, World!"), "X-Hub-Signature-256");
  request.headers.add("X-Hub-Signature-256",
                      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  EXPECT_EQ(status_of(github({"It's a Secret to Everybody"}), request), 400) << "genuine, but not JSON";
  EXPECT_EQ(status_of(github({"It's a Secret to Nobody"}), request), 401);
}

TEST(Receive, SaysWhereABodyIsNoJson) {
  const auto received = receive(github(), github_request("{\"action\":\n opened}"), kNow, kNobody);
  ASSERT_FALSE(received.has_value());
  EXPECT_TRUE(received.error().body.contains("not JSON at line 2, column 2: found 'o', expected a value"))
      << received.error().body;
}

TEST(Receive, RefusesWhatIsNotSigned) {
  const auto good = github_request("{}");
  EXPECT_EQ(status_of(github(), good), 202);
  EXPECT_EQ(status_of(github(), without(good, "X-Hub-Signature-256")), 401);
}

TEST(Receive, RefusesTheOldSignatureAlone) {
  http::Request request = without(github_request("{}"), "X-Hub-Signature-256");
  request.headers.add("X-Hub-Signature", "sha1=5d61605c3feea9799210ddcb71307d4ba264225f");
  EXPECT_EQ(status_of(github(), request), 401);
}

TEST(Receive, RefusesAWrongSignature) {
  EXPECT_EQ(status_of(github(), github_request("{}", "another")), 401);
  http::Request unprefixed = without(github_request("{}"), "X-Hub-Signature-256");
  unprefixed.headers.add("X-Hub-Signature-256", sign("s3cret", "{}"));
  EXPECT_EQ(status_of(github(), unprefixed), 401);
}

TEST(Receive, RefusesATruncatedBody) {
  http::Request request = github_request(R"({"action":"opened"})");
  request.body.resize(request.body.size() - 1);
  EXPECT_EQ(status_of(github(), request), 401);
}

TEST(Receive, AcceptsAnyOfSeveralSecretsWhileTheyRotate) {
  const Sender rotating = github({"old", "s3cret"});
  EXPECT_EQ(status_of(rotating, github_request("{}", "old")), 202);
  EXPECT_EQ(status_of(rotating, github_request("{}", "s3cret")), 202);
  EXPECT_EQ(status_of(rotating, github_request("{}", "older")), 401);
}

TEST(Receive, RefusesASourceWithoutASecretUnlessToldSo) {
  EXPECT_EQ(status_of({kGithub, {}, false}, github_request("{}")), 403);
  EXPECT_EQ(status_of({kGithub, {}, true}, without(github_request("{}"), "X-Hub-Signature-256")), 202);
  EXPECT_EQ(status_of({kGithub, {"s3cret"}, true}, without(github_request("{}"), "X-Hub-Signature-256")),
            401);
}

TEST(Receive, RefusesWhatIsNoJsonObject) {
  for (const char* body :
       {"", "hello", "{", R"({"a":1}x)", "[1]", "null", "\xff\xfe{\x00}", "{\"a\":\"\xc3\x28\"}"}) {
    const auto request = github_request(body);
    EXPECT_EQ(status_of(github(), request), 400) << body;
    EXPECT_FALSE(receive(github(), request, kNow, kEverybody).has_value()) << body;
  }
}

TEST(Receive, TakesNumbersBeyond64BitsWhoeverListens) {
  const std::string body = R"({"action":"opened","n":12345678901234567890123})";
  for (const auto& listens : {kNobody, kEverybody}) {
    const auto received = receive(github(), github_request(body), kNow, listens);
    ASSERT_TRUE(received) << received.error().body;
    EXPECT_EQ(received->event, "pull_request.opened");
  }
  for (const auto& listens : {kNobody, kEverybody}) {
    const auto refused = receive(github(), github_request(R"({"n":1e400})"), kNow, listens);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().body.find("1e400 at line 1, column 6"), std::string::npos)
        << refused.error().body;
  }
}

TEST(Receive, RefusesDeepNestingTheSameWhoeverListens) {
  const auto nested = [](std::size_t levels) {
    std::string body = R"({"a":)";
    body.append(levels - 1, '[').append(levels - 1, ']');
    return github_request(body + "}");
  };
  EXPECT_TRUE(receive(github(), nested(64), kNow, kNobody).has_value());
  EXPECT_TRUE(receive(github(), nested(64), kNow, kEverybody).has_value());
  EXPECT_FALSE(receive(github(), nested(65), kNow, kNobody).has_value());
  EXPECT_FALSE(receive(github(), nested(65), kNow, kEverybody).has_value());
  EXPECT_EQ(status_of(github(), nested(100'000)), 400);
}

TEST(Receive, OfAKeyGivenTwiceTheLastStandsWhoeverListens) {
  const auto twice = github_request(R"({"action":"opened","action":"closed","type":"x","type":1})");
  for (const WantsPayload& wants : {kNobody, kEverybody}) {
    const auto received = receive(github(), twice, kNow, wants);
    ASSERT_TRUE(received.has_value());
    EXPECT_EQ(received->event, "pull_request.closed");
  }
}

TEST(Receive, RefusesOtherCodingsAndTypes) {
  http::Request coded = github_request("{}");
  coded.headers.add("Content-Encoding", "gzip");
  EXPECT_EQ(status_of(github(), coded), 415);
  http::Request text = without(github_request("{}"), "Content-Type");
  EXPECT_EQ(status_of(github(), text), 415);
  text.headers.add("Content-Type", "text/plain");
  EXPECT_EQ(status_of(github(), text), 415);
}

TEST(Receive, ReadsAFormWhoseSignatureIsOverTheRawBody) {
  http::Request request = without(
      github_request("payload=%7B%22action%22%3A%22opened%22%2C%22a%22%3A%22x+y%22%7D"), "Content-Type");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const auto received = receive(github(), request, kNow, kEverybody);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->event, "pull_request.opened");
  EXPECT_EQ(find_text(received->payload.get(), "a"), "x y");

  http::Request other = without(github_request("other=1"), "Content-Type");
  other.headers.add("Content-Type", "application/x-www-form-urlencoded");
  EXPECT_EQ(status_of(github(), other), 400);
}

TEST(Receive, WantsADeliveryIdAndAnEvent) {
  EXPECT_EQ(status_of(github(), without(github_request("{}"), "X-GitHub-Delivery")), 400);
  EXPECT_EQ(status_of(github(), without(github_request("{}"), "X-GitHub-Event")), 400);
  EXPECT_EQ(status_of(github(), github_request("{\"action\":\"\\u001b[31m\"}")), 400);
}

TEST(Receive, KeepsHeadersButNoCredentials) {
  http::Request request = github_request("{}");
  request.headers.add("Authorization", "Bearer abc");
  request.headers.add("Cookie", "a=b");
  request.headers.add("callboard-replay-of", "another");
  request.headers.add("User-Agent", "GitHub-Hookshot/\"1\"");
  const auto received = receive(github(), request, kNow, kNobody);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(
      received->headers,
      R"({"content-type":"application/json","x-github-event":"pull_request",)"
      R"("x-github-delivery":"72d3162e-cc78-11e3-81ab-4c9367dc0958","user-agent":"GitHub-Hookshot/\"1\""})");
}

TEST(Receive, NamesLinearsEventsByTypeAndAction) {
  const auto received = receive(linear(), linear_request(kNow), kNow, kNobody);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->event, "Issue.create");
  EXPECT_EQ(received->external_id, "234d1a4e-b617-4388-90fe-adc3633d6b72");
}

TEST(Receive, RefusesLinearsDeliveriesOutsideTheirWindow) {
  using namespace std::chrono_literals;
  EXPECT_EQ(status_of(linear(), linear_request(kNow - 60s)), 202);
  EXPECT_EQ(status_of(linear(), linear_request(kNow + 60s)), 202);
  EXPECT_EQ(status_of(linear(), linear_request(kNow - 61s)), 401);
  EXPECT_EQ(status_of(linear(), linear_request(kNow + 61s)), 401);

  http::Request timeless;
  timeless.body = R"({"action":"create","type":"Issue"})";
  timeless.headers.add("Content-Type", "application/json");
  timeless.headers.add("Linear-Delivery", "1");
  timeless.headers.add("Linear-Signature", sign("s3cret", timeless.body));
  EXPECT_EQ(status_of(linear(), timeless), 401);
}

}  // namespace
}  // namespace callboard::dispatcher
