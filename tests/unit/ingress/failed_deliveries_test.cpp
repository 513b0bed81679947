#include "dispatcher/ingress/failed_deliveries.hpp"

#include <gtest/gtest.h>

#include "dispatcher/ingress/app_token.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

std::vector<std::string> failed(std::string_view page) {
  const auto attempts = read_attempts(page);
  EXPECT_TRUE(attempts) << page;
  FailedDeliveries deliveries;
  for (const DeliveryAttempt& attempt : *attempts) deliveries.add(attempt);
  std::vector<std::string> out;
  for (const DeliveryAttempt& attempt : deliveries.take())
    out.push_back(attempt.guid + "/" + std::to_string(attempt.id));
  return out;
}

using Names = std::vector<std::string>;

TEST(FailedDeliveries, AreThoseOfWhichNoAttemptWasTaken) {
  EXPECT_EQ(failed(R"([
      {"id":9,"guid":"late","delivered_at":"2026-11-20T03:00:00Z","status_code":503},
      {"id":8,"guid":"late","delivered_at":"2026-11-20T02:00:00Z","status_code":0},
      {"id":7,"guid":"mended","delivered_at":"2026-11-20T02:00:00Z","status_code":202,"redelivery":true},
      {"id":6,"guid":"mended","delivered_at":"2026-11-20T01:00:00Z","status_code":502},
      {"id":5,"guid":"no-json","delivered_at":"2026-11-20T01:00:00Z","status_code":400},
      {"id":4,"guid":"unsigned","delivered_at":"2026-11-20T00:30:00Z","status_code":401},
      {"guid":"no-id"}])"),
            (Names{"unsigned/4", "late/9"}));
  EXPECT_FALSE(read_attempts("{}"));
  EXPECT_FALSE(read_attempts("<html>"));
}

TEST(FailedDeliveries, FollowTheLinkToTheNextPage) {
  EXPECT_EQ(next_page(R"(<https://a/x?cursor=v1>; rel="prev", <https://a/x?cursor=v2>; rel="next")"),
            "https://a/x?cursor=v2");
  EXPECT_EQ(next_page(R"(<https://a/x>; rel="last")"), "");
  EXPECT_EQ(next_page("nonsense"), "");
}

TEST(FailedDeliveries, AKeptDeliverySaysWhatWasSent) {
  const auto kept = read_kept_delivery(
      R"({"id":9,"guid":"g","event":"pull_request","request":{"headers":{"X-GitHub-Event":"pull_request",)"
      R"("X-Hub-Signature-256":"sha256=ab"},"payload":{"action":"opened","number":7}}})");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->event, "pull_request.opened");
  EXPECT_EQ(kept->headers, R"({"x-github-event":"pull_request","x-github-delivery":"g"})");
  EXPECT_EQ(find_int(&kept->payload, "number"), 7);
  EXPECT_FALSE(
      read_kept_delivery(R"({"id":9,"guid":"g","event":"push","request":{"headers":{},"payload":null}})"));
}

TEST(AppToken, NeedsAnRsaKey) {
  EXPECT_FALSE(make_app_token("1", "nonsense", Time{}));
  EXPECT_FALSE(make_app_token("1", "", Time{}));
}

}  // namespace
}  // namespace callboard::dispatcher
