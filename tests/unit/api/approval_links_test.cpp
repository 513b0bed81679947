#include "dispatcher/api/approval_links.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "dispatcher/api/approval_page.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kKey = "a key of the database";

ApprovalPlace place(std::string step = "deploy") {
  return {.run = RunId{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 7}}},
          .step = std::move(step),
          .generation = 2,
          .attempt = 3,
          .expires = Time(1'900'000'000s)};
}

TEST(ApprovalLinks, ATokenSaysWhatItIsForAndNeedsNoEscape) {
  for (const char* step : {"deploy", "ask[3]", "a-b_C9", ""}) {
    const std::string token = make_link_token(kKey, place(step));
    EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"),
              std::string::npos)
        << token;
    EXPECT_EQ(read_link_token(kKey, token), place(step)) << token;
  }
}

TEST(ApprovalLinks, AnyOtherTokenMeansNothing) {
  const std::string token = make_link_token(kKey, place());
  EXPECT_FALSE(read_link_token("another key", token));
  EXPECT_FALSE(read_link_token("", make_link_token("", place()))) << "there is no key yet";
  EXPECT_FALSE(read_link_token(kKey, ""));
  EXPECT_FALSE(read_link_token(kKey, std::string(10'000, '.')));
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == '1' ? '2' : '1';
    EXPECT_FALSE(read_link_token(kKey, changed)) << changed;
    EXPECT_FALSE(read_link_token(kKey, token.substr(0, at)));
  }
  EXPECT_FALSE(read_link_token(kKey, token + "0"));
}

TEST(ApprovalPage, ShowsWhatIsAskedAndNothingOfItIsMarkup) {
  const auto page = make_question_page({.workflow = "<script>alert(1)</script>",
                                        .run = "r",
                                        .step = "deploy",
                                        .message = "a \"b\" & 'c'\x1b[31m",
                                        .detail = {},
                                        .until = "2026",
                                        .approvers = {"ann", "<b>"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_EQ(page.body.find('\x1b'), std::string::npos);
  EXPECT_NE(page.body.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(page.body.find("a &quot;b&quot; &amp; &#39;c&#39;"), std::string::npos);
  EXPECT_NE(page.body.find("<option>&lt;b&gt;</option>"), std::string::npos);
  EXPECT_NE(page.body.find("<form method=\"post\">"), std::string::npos);
  std::string policy;
  for (const auto& [name, value] : page.headers) {
    if (name == "Content-Security-Policy") policy = value;
  }
  EXPECT_EQ(policy, "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
}

TEST(ApprovalPage, ANoticeHasNoForm) {
  const auto page = make_notice_page(410, "This link has expired", "x < y");
  EXPECT_EQ(page.status, 410);
  EXPECT_EQ(page.body.find("<form"), std::string::npos);
  EXPECT_NE(page.body.find("x &lt; y"), std::string::npos);
}

}  // namespace
}  // namespace callboard::dispatcher
