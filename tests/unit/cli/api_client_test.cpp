#include "deploy/cli/api_client.hpp"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_api.hpp"

namespace callboard::cli {
namespace {

TEST(ApiClient, GetsAndPosts) {
  FakeApi server;
  server.answer("GET /api/runs", 200, "[]");
  server.answer("POST /api/workflows", 201, "{}");
  ApiClient api(server.url() + "/");

  EXPECT_EQ(api.get("/api/runs")->body, "[]");
  EXPECT_EQ(api.post("/api/workflows", "{\"a\":1}", {{"X-One", "1"}})->status, 201);

  const std::string posted = server.requests().at(1);
  EXPECT_NE(posted.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(posted.find("X-One: 1\r\n"), std::string::npos);
  EXPECT_TRUE(posted.ends_with("{\"a\":1}"));
}

TEST(ApiClient, SaysThatNobodyAnswers) {
  ApiClient api("http://127.0.0.1:1");
  const auto answer = api.get("/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_NE(answer.error().message.find("http://127.0.0.1:1"), std::string::npos);
}

TEST(ApiClient, FollowsAStreamAndKnowsItsLastEvent) {
  FakeApi server;
  server.answer("GET /stream", 200,
                ": hello\n\nid: 7\ndata: one\n\nid: 8\nevent: x\ndata: two\ndata: lines\n\ndata: cut off");
  ApiClient api(server.url());
  std::vector<std::string> events;

  const auto answer = api.follow(
      "/stream", "6", [&](std::string_view data) { events.emplace_back(data); }, [] { return true; });

  ASSERT_TRUE(answer);
  EXPECT_EQ(events, (std::vector<std::string>{"one", "two\nlines"}));
  EXPECT_EQ(api.last_event_id(), "8");
  EXPECT_NE(server.requests().at(0).find("Last-Event-ID: 6\r\n"), std::string::npos);
}

TEST(EventStreamReader, TakesEventsInAnyPieces) {
  const std::string stream = "id: 1\r\ndata: a\r\n\r\ndata:b\n\n";
  std::vector<std::pair<std::string, std::string>> events;
  EventStreamReader reader(
      [&](const std::string& id, const std::string& data) { events.emplace_back(id, data); });

  for (const char c : stream) reader.feed(std::string_view(&c, 1));

  EXPECT_EQ(events, (std::vector<std::pair<std::string, std::string>>{{"1", "a"}, {"", "b"}}));
}

TEST(PercentEncoded, LeavesNothingThatEndsASegment) {
  EXPECT_EQ(percent_encoded("a b/c?d#e%"), "a%20b%2Fc%3Fd%23e%25");
  EXPECT_EQ(percent_encoded("0193-ab_c.~"), "0193-ab_c.~");
}

}  // namespace
}  // namespace callboard::cli
