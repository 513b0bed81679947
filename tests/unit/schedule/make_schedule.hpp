#pragma once

#include <gtest/gtest.h>

#include <string>

#include "shared/schedule/schedule.hpp"

namespace callboard::schedule {

inline Schedule make_schedule(std::string_view cron, std::string_view zone) {
  const auto parsed = Cron::parse(cron);
  EXPECT_TRUE(parsed) << cron << ": " << parsed.error().message;
  auto found = Zone::find(zone);
  EXPECT_TRUE(found) << found.error().message;
  return Schedule(std::string(cron), parsed.value(), std::move(found).value());
}

}  // namespace callboard::schedule
