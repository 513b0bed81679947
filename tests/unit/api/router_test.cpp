#include "dispatcher/api/router.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace callboard::dispatcher {
namespace {

/// Keeps the answer.
class Answered final : public http::Exchange {
 public:
  void answer(http::Response response) override { response_ = std::move(response); }
  void begin_stream(http::Response head) override { response_ = std::move(head); }
  bool write_stream(std::string_view) override { return false; }
  std::size_t unsent() const override { return 0; }
  void when_sent(Task) override {}
  void end_stream() override {}
  void on_gone(Task) override {}
  std::optional<http::Response> response_;
};

Route route(std::string_view method, std::string_view pattern, std::string name, std::string_view body = {}) {
  return {.method = method,
          .pattern = pattern,
          .summary = "",
          .query = {{"limit", "{}", ""}},
          .body = body,
          .answers = {},
          .handle = [name = std::move(name)](Call call) {
            std::string body = name;
            for (const auto& [parameter, value] : call.parameters)
              body += " " + std::string(parameter) + "=" + value;
            call.responder.send(http::Response::text(200, body));
          }};
}

http::Response ask(std::string_view method, std::string_view path, std::string_view query = {},
                   std::string_view body = {}) {
  const Router router({route("GET", "/api/runs", "list"), route("GET", "/api/runs/{id}", "show"),
                       route("POST", "/api/runs/{id}/signals/{name}", "signal"),
                       route("POST", "/api/runs", "make"),
                       route("POST", "/api/runs/{id}/cancel", "cancel", kNoMembers)});
  const auto exchange = std::make_shared<Answered>();
  http::Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.body = body;
  router.handle(std::move(request), http::Responder(exchange));
  return *exchange->response_;
}

TEST(Router, FindsTheRouteAndItsParameters) {
  EXPECT_EQ(ask("GET", "/api/runs").body, "list");
  EXPECT_EQ(ask("POST", "/api/runs").body, "make");
  EXPECT_EQ(ask("GET", "/api/runs/7").body, "show id=7");
  EXPECT_EQ(ask("HEAD", "/api/runs/7").body, "show id=7");
  EXPECT_EQ(ask("POST", "/api/runs/a%2Fb/signals/go%20on").body, "signal id=a/b name=go on");
}

TEST(Router, TellsWhatIsNotThere) {
  EXPECT_EQ(ask("GET", "/api/none").status, 404);
  EXPECT_EQ(ask("GET", "/api/runs/").body, "show id=");
  EXPECT_EQ(ask("GET", "/api/runs/7/").status, 404);
  EXPECT_EQ(ask("GET", "/api/%zz").status, 400);
}

TEST(Router, NamesTheMethodsThatAreAllowed) {
  const auto refused = ask("DELETE", "/api/runs");
  EXPECT_EQ(refused.status, 405);
  ASSERT_EQ(refused.headers.size(), 1u);
  EXPECT_EQ(refused.headers[0].second, "GET, HEAD, POST");
}

TEST(Router, RefusesTextsThatTheLogCanNotKeep) {
  const auto zero = ask("GET", "/api/runs", "limit=a&limit=a%00b");
  EXPECT_EQ(zero.status, 400);
  EXPECT_NE(zero.body.find("limit must be UTF-8 text without zero bytes"), std::string::npos) << zero.body;
  EXPECT_EQ(ask("GET", "/api/runs", "limit=%FF").status, 400);
  EXPECT_EQ(ask("GET", "/api/runs/a%00").status, 400);
  EXPECT_EQ(ask("GET", "/api/runs/%C3%A9", "limit=%C3%A9").status, 200);
}

TEST(Router, RefusesQueryParametersThatItDoesNotKnow) {
  EXPECT_EQ(ask("GET", "/api/runs", "limit=1").status, 200);
  EXPECT_EQ(ask("GET", "/api/runs", "limit=1&color=red").status, 400);
}

TEST(Router, RefusesMembersOfABodyThatTakesNone) {
  EXPECT_EQ(ask("POST", "/api/runs/7/cancel").status, 200);
  EXPECT_EQ(ask("POST", "/api/runs/7/cancel", {}, "{}").status, 200);
  EXPECT_EQ(ask("POST", "/api/runs/7/cancel", {}, "[]").status, 400);
  const auto refused = ask("POST", "/api/runs/7/cancel", {}, R"({"step":"m[1]"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("the body takes no members; found step"), std::string::npos) << refused.body;
  EXPECT_EQ(ask("POST", "/api/runs", {}, R"({"step":1})").status, 200) << "its handler looks at the body";
}

}  // namespace
}  // namespace callboard::dispatcher
