#include "shared/http/server/message.hpp"

#include <gtest/gtest.h>

namespace callboard::http {
namespace {

TEST(Headers, AreFoundWithoutRegardToCase) {
  Headers headers;
  headers.add("X-Hub-Signature-256", "sha256=ab");
  headers.add("x-two", "1");
  headers.add("X-Two", "2");
  EXPECT_EQ(headers.get("x-hub-signature-256"), "sha256=ab");
  EXPECT_EQ(headers.get("X-TWO"), "1");
  EXPECT_EQ(headers.count("X-Two"), 2u);
  EXPECT_FALSE(headers.find("X-Hub-Signature").has_value());
}

TEST(Query, IsDecoded) {
  Request request;
  request.query = "a=1&name=hello%20w%2Brld+x&empty=&bad=%zz&flag";
  EXPECT_EQ(request.find_query("a"), "1");
  EXPECT_EQ(request.find_query("name"), "hello w+rld x");
  EXPECT_EQ(request.find_query("empty"), "");
  EXPECT_EQ(request.find_query("flag"), "");
  EXPECT_EQ(request.find_query("bad"), std::nullopt);
  EXPECT_EQ(request.find_query("none"), std::nullopt);
  EXPECT_EQ(request.query_names(), (std::vector<std::string>{"a", "name", "empty", "bad", "flag"}));
}

TEST(Query, APathKeepsItsPlus) {
  EXPECT_EQ(percent_decode("a+b%2fc", false), "a+b/c");
  EXPECT_EQ(percent_decode("%4", false), std::nullopt);
}

TEST(Problem, IsUtf8WhateverItQuotes) {
  const Response response = make_problem(404, "there is no run \xff\xc3\xa4\xe2\x82");
  EXPECT_NE(response.body.find("there is no run \xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\"}"),
            std::string::npos)
      << response.body;
}

TEST(Problem, EscapesWhatItQuotes) {
  const Response problem = make_problem(404, "no \"such\"\n thing");
  EXPECT_EQ(problem.content_type, "application/problem+json");
  EXPECT_EQ(problem.body,
            R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no \"such\"\u000a thing"})");
}

}  // namespace
}  // namespace callboard::http
