#include "tests/unit/worker/step_rig.hpp"
#include "tests/unit/worker/tiny_server.hpp"

namespace callboard::test {
namespace {

using run::ErrorClass;

/// Loopback may be reached, by both of its names.
class HttpTest : public StepTest {
 public:
  HttpTest() : StepTest({"127.0.0.0/8", "localhost"}) {}

  run::Outcome ask(const std::string& url, Object more = {}) {
    begin("http", make_http_call(url, std::move(more)));
    return wait();
  }
  static worker::StepCall make_http_call(const std::string& url, Object more = {}) {
    auto call = make_call("{}");
    more["url"] = url;
    call.params = std::move(more);
    return call;
  }
};

TEST_F(HttpTest, GivesStatusHeadersBodyAndJson) {
  TinyServer server([](const auto&) { return TinyServer::json(201, R"({"ok":true})"); });
  const Value result = result_of(ask(server.url("/x"), {{"query", Object{{"a b", "c&d"}}}}));

  EXPECT_EQ(find_int(&result, "status"), 201);
  EXPECT_EQ(find_text(&result, "body"), R"({"ok":true})");
  EXPECT_TRUE(find(find(&result, "json"), "ok")->as_bool());
  EXPECT_EQ(find_text(find(&result, "headers"), "content-type"), "application/json");
  EXPECT_EQ(server.requests()[0].line(), "GET /x?a%20b=c%26d HTTP/1.1");
}

TEST_F(HttpTest, APostCarriesItsBodyAndAKeyThatIsTheSameForEveryAttempt) {
  TinyServer server([](const auto&) { return TinyServer::say(200, "", ""); });
  ask(server.url(), {{"method", "POST"}, {"json", Object{{"x", 1}}}});
  auto again = make_http_call(server.url(), {{"method", "POST"}, {"body", "text"}});
  again.attempt = 2;
  begin("http", std::move(again));
  wait();

  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].body, R"({"x":1})");
  EXPECT_TRUE(requests[0].has("Content-Type: application/json"));
  EXPECT_EQ(requests[1].body, "text");
  const std::string key = "Idempotency-Key: 07000000-0000-0000-0000-000000000000/a/1\r\n";
  EXPECT_TRUE(requests[0].has(key));
  EXPECT_TRUE(requests[1].has(key));
}

TEST_F(HttpTest, StatusesFailByClass) {
  TinyServer server;
  const std::pair<int, ErrorClass> expected[] = {{400, ErrorClass::validation}, {401, ErrorClass::auth},
                                                 {403, ErrorClass::auth},       {404, ErrorClass::validation},
                                                 {408, ErrorClass::timeout},    {429, ErrorClass::rate_limit},
                                                 {500, ErrorClass::server},     {503, ErrorClass::server}};
  for (const auto& [code, error_class] : expected) {
    server.answer(TinyServer::say(code, "Retry-After: 7\r\n", "why"));
    const auto done = ask(server.url());
    EXPECT_EQ(done.error.error_class, error_class) << code;
    EXPECT_EQ(done.error.message, "HTTP " + std::to_string(code) + "; retry-after: 7 s: why");
  }
}

TEST_F(HttpTest, RedirectsAreFollowedAndAPostBecomesAGet) {
  TinyServer server([](const TinyServer::Request& request) {
    if (request.has("/old")) return TinyServer::say(302, "Location: new\r\n", "");
    return TinyServer::say(200, "", "there");
  });
  const Value result = result_of(ask(server.url("/old"), {{"method", "POST"}, {"body", "x"}}));

  EXPECT_EQ(find_text(&result, "body"), "there");
  EXPECT_EQ(server.requests()[1].line(), "GET /new HTTP/1.1");
  EXPECT_EQ(server.requests()[1].body, "");
}

TEST_F(HttpTest, CredentialsStayWithTheirOrigin) {
  TinyServer other([](const auto&) { return TinyServer::say(200, "", ""); });
  TinyServer server([&](const TinyServer::Request& request) {
    if (request.has("/here")) return TinyServer::say(307, "Location: /there\r\n", "");
    return TinyServer::say(307, "Location: " + other.url() + "\r\n", "");
  });
  auto call = make_http_call(
      server.url("/here"),
      {{"headers",
        Object{{"Authorization", "Bearer a"}, {"Cookie", "b=c"}, {"X-Api-Key", "d"}, {"X-Plain", "e"}}}});
  call.secret_pointers = {"/headers/X-Api-Key"};
  begin("http", std::move(call));
  result_of(wait());

  const auto same = server.requests().at(1);
  EXPECT_TRUE(same.has("Authorization: Bearer a") && same.has("X-Api-Key: d"));
  const auto elsewhere = other.requests().at(0);
  EXPECT_FALSE(elsewhere.has("Authorization") || elsewhere.has("Cookie") || elsewhere.has("X-Api-Key"));
  EXPECT_TRUE(elsewhere.has("X-Plain: e"));
}

TEST_F(HttpTest, ABodyThatHoldsASecretStaysWithItsOrigin) {
  TinyServer other([](const auto&) { return TinyServer::say(200, "", ""); });
  TinyServer server(
      [&](const auto&) { return TinyServer::say(307, "Location: " + other.url() + "\r\n", ""); });
  auto call = make_http_call(server.url(), {{"method", "PUT"}, {"json", Object{{"token", "s"}}}});
  call.secret_pointers = {"/json/token"};
  begin("http", std::move(call));

  EXPECT_EQ(wait().error.error_class, ErrorClass::validation);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(HttpTest, RedirectsWithoutEndEnd) {
  TinyServer server([](const auto&) { return TinyServer::say(302, "Location: /again\r\n", ""); });

  EXPECT_EQ(ask(server.url()).error.message, "more than 10 redirects");
  EXPECT_EQ(server.requests().size(), 11u);
}

TEST_F(HttpTest, ARedirectToAnotherSchemeIsRefused) {
  TinyServer server([](const auto&) { return TinyServer::say(302, "Location: file:///etc/passwd\r\n", ""); });

  EXPECT_EQ(ask(server.url()).error.error_class, ErrorClass::validation);
  EXPECT_EQ(ask("ftp://127.0.0.1/x").error.error_class, ErrorClass::validation);
  EXPECT_EQ(ask("no url").error.error_class, ErrorClass::validation);
}

TEST_F(HttpTest, AnAnswerTooLargeFails) {
  TinyServer server(
      [](const auto&) { return TinyServer::say(200, "", std::string(limits::kHttpBodyBytes + 1, 'x')); });

  const auto done = ask(server.url());
  EXPECT_EQ(done.error.error_class, ErrorClass::validation);
  EXPECT_NE(done.error.message.find("larger than"), std::string::npos);
}

TEST_F(HttpTest, AServerThatSaysNothingTimesOut) {
  TinyServer server;
  auto call = make_http_call(server.url());
  call.timeout = 200ms;
  begin("http", std::move(call));

  EXPECT_EQ(wait().error.error_class, ErrorClass::timeout);
}

TEST_F(HttpTest, ShowsLifeWhileAnAnswerArrives) {
  auto signs = std::make_shared<std::atomic<int>>(0);
  TinyServer silent;
  auto call = make_http_call(silent.url());
  call.show_life = [signs] { ++*signs; };
  call.timeout = 200ms;
  begin("http", std::move(call));
  wait();
  EXPECT_EQ(*signs, 0);

  TinyServer server([](const auto&) { return TinyServer::say(200, "", "here"); });
  call = make_http_call(server.url());
  call.show_life = [signs] { ++*signs; };
  begin("http", std::move(call));
  wait();
  EXPECT_GT(*signs, 0);
}

TEST_F(HttpTest, NobodyListeningIsANetworkError) {
  std::string url;
  {
    TinyServer gone;
    url = gone.url();
  }
  EXPECT_EQ(ask(url).error.error_class, ErrorClass::network);
}

TEST_F(HttpTest, StoppingClosesTheConnection) {
  TinyServer server;
  begin("http", make_http_call(server.url()));
  ASSERT_TRUE(wait_until([&] { return !server.requests().empty(); }));
  execution->stop(worker::Stop::gracefully);

  EXPECT_EQ(wait().error.error_class, ErrorClass::cancelled);
}

TEST_F(HttpTest, AHeaderCantSmuggleAnother) {
  TinyServer server([](const auto&) { return TinyServer::say(200, "", ""); });

  EXPECT_EQ(ask(server.url(), {{"headers", Object{{"X", "a\r\nHost: evil"}}}}).error.error_class,
            ErrorClass::validation);
  EXPECT_TRUE(server.requests().empty());
}

/// Nothing private may be reached.
class PrivateAddressTest : public StepTest {};

TEST_F(PrivateAddressTest, PrivateAddressesAreRefusedUnderEveryName) {
  TinyServer server([](const auto&) { return TinyServer::say(200, "", ""); });
  for (const char* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "0"}) {
    auto call = make_call("{}");
    call.params = Object{{"url", server.url("/", host)}};
    begin("http", std::move(call));
    const auto done = wait();
    EXPECT_EQ(done.error.error_class, ErrorClass::validation) << host;
    EXPECT_NE(done.error.message.find("private address"), std::string::npos) << done.error.message;
  }
  EXPECT_TRUE(server.requests().empty());
}

class OneHostTest : public StepTest {
 public:
  OneHostTest() : StepTest({"localhost"}) {}
};

TEST_F(OneHostTest, ARedirectToAnotherPrivateHostIsRefused) {
  TinyServer server([&](const TinyServer::Request& request) {
    if (!request.has("/out")) return TinyServer::say(200, "", "");
    const std::string host = request.head.substr(request.head.find(":", request.head.find("Host: ") + 6));
    return TinyServer::say(302, "Location: http://127.0.0.1" + host.substr(0, host.find("\r\n")) + "/\r\n",
                           "");
  });
  result_of(execute("http", R"({"url":")" + server.url("/in", "localhost") + R"("})"));
  const auto done = execute("http", R"({"url":")" + server.url("/out", "localhost") + R"("})");

  EXPECT_NE(done.error.message.find("private address"), std::string::npos) << done.error.message;
}

TEST(Address, KnowsWhatIsPublic) {
  for (const char* text : {"1.1.1.1", "140.82.112.3", "2606:4700::1111", "64:ff9b::101:101"}) {
    EXPECT_TRUE(http::is_public(*http::parse_address(text))) << text;
  }
  for (const char* text : {"0.0.0.0",
                           "10.1.2.3",
                           "100.64.0.1",
                           "127.9.9.9",
                           "169.254.169.254",
                           "172.31.255.255",
                           "192.168.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::",
                           "2001:db8::1"}) {
    EXPECT_FALSE(http::is_public(*http::parse_address(text))) << text;
  }
}

TEST(Reach, AllowsHostsAddressesAndRanges) {
  const auto reach = http::Reach::make({"Intra.Example", "10.1.0.0/16", "::1"});
  ASSERT_TRUE(reach);
  EXPECT_TRUE(reach->allows("intra.example", *http::parse_address("192.168.1.1")));
  EXPECT_TRUE(reach->allows("x", *http::parse_address("10.1.255.1")));
  EXPECT_TRUE(reach->allows("x", *http::parse_address("::1")));
  EXPECT_FALSE(reach->allows("x", *http::parse_address("10.2.0.1")));
  EXPECT_FALSE(http::Reach::make({"10.0.0.0/33"}));
  EXPECT_FALSE(http::Reach::make({"a b"}));
}

}  // namespace
}  // namespace callboard::test
