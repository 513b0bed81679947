#include "dispatcher/api/guard.hpp"

#include <gtest/gtest.h>

namespace callboard::dispatcher {
namespace {

int check(const Guard& guard, std::string_view method, std::string_view host, std::string_view origin = {},
          std::string_view content_type = {}, std::string_view path = "/api/runs") {
  http::Request request;
  request.method = method;
  request.path = path;
  request.headers.add("Host", host);
  if (!origin.empty()) request.headers.add("Origin", origin);
  if (!content_type.empty()) request.headers.add("Content-Type", content_type);
  const auto refusal = guard.check(request);
  return refusal ? refusal->status : 200;
}

TEST(Guard, KnowsLoopbackAndThePublicUrlAsItsOwnHosts) {
  const Guard guard("https://Callboard.example:8443/base");
  for (const char* host :
       {"127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "127.9.9.9", "callboard.example:8443"}) {
    EXPECT_EQ(check(guard, "GET", host), 200) << host;
  }
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "callboard.example",
                           "callboard.example:1", "", "10.0.0.1", "localhost.evil.example", "[::2]"}) {
    EXPECT_EQ(check(guard, "GET", host), 403) << host;
  }
}

TEST(Guard, RefusesPagesOfOtherSites) {
  const Guard guard("https://callboard.example");
  EXPECT_EQ(check(guard, "GET", "127.0.0.1:8080", "http://127.0.0.1:8080"), 200);
  EXPECT_EQ(check(guard, "GET", "callboard.example", "https://callboard.example"), 200);
  for (const char* origin : {"https://evil.example", "http://127.0.0.1:3000", "http://localhost:8080", "null",
                             "file://", "http://callboard.example"}) {
    EXPECT_EQ(check(guard, "GET", "127.0.0.1:8080", origin), 403) << origin;
  }
}

TEST(Guard, WantsJsonOrYamlOfAPost) {
  const Guard guard("");
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", "application/yaml", "text/yaml"}) {
    EXPECT_EQ(check(guard, "POST", "localhost", {}, type), 200) << type;
  }
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"}) {
    EXPECT_EQ(check(guard, "POST", "localhost", {}, type), 415) << type;
  }
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

TEST(Guard, TakesAFormAtThePagesOfApprovalsAndNowhereElse) {
  const Guard guard("https://callboard.example");
  const auto post = [&](std::string_view path, std::string_view type = kForm, std::string_view origin = {}) {
    return check(guard, "POST", "callboard.example", origin, type, path);
  };
  EXPECT_EQ(post("/approvals/token"), 200);
  EXPECT_EQ(post("/approvals/token", "application/x-www-form-urlencoded; charset=utf-8"), 200);
  EXPECT_EQ(post("/approvals/token", kForm, "https://callboard.example"), 200);
  EXPECT_EQ(post("/approvals/token", kForm, "https://evil.example"), 403);
  EXPECT_EQ(post("/approvals/token", kForm, "null"), 403);
  EXPECT_EQ(check(guard, "POST", "evil.example", {}, kForm, "/approvals/token"), 403);
  EXPECT_EQ(post("/approvals/token", "application/json"), 415);
  EXPECT_EQ(post("/approvals/token", "multipart/form-data"), 415);
  for (const char* path : {"/approvals", "/api/runs/x/approval", "/api/approvals/x", "/", "/Approvals/x"})
    EXPECT_EQ(post(path), 415) << path;
}

}  // namespace
}  // namespace callboard::dispatcher
