#include "dispatcher/api/delivery_backfill.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

Read<DeliveryRange> range_of(const std::string& source) {
  return read_delivery_range(*read_json(
      R"({"deliveries":{"since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z","source":")" + source +
      R"("}})"));
}

TEST(DeliveryBackfill, IsNotOfTicks) {
  ASSERT_TRUE(range_of("github"));
  EXPECT_EQ(range_of("github")->source, "github");
  const auto ticks = range_of("schedule");
  ASSERT_FALSE(ticks);
  EXPECT_EQ(ticks.error().status, 400);
  EXPECT_NE(ticks.error().body.find("deliveries.source is github, linear, webhook or workflow: ticks are "
                                    "backfilled by their times, with schedule in the place of deliveries"),
            std::string::npos)
      << ticks.error().body;
}

}  // namespace
}  // namespace callboard::dispatcher
