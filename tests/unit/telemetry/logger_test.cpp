#include "shared/telemetry/logger.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace callboard::telemetry {
namespace {

struct Lines {
  std::vector<std::string> all;

  Logger logger(LoggerOptions options = {}) {
    options.program = "worker";
    options.sink = [this](std::string_view line) { all.emplace_back(line); };
    return Logger(std::move(options));
  }
};

std::string without_time(const std::string& line) { return line.substr(line.find(' ') + 1); }

TEST(Logger, WritesTextLinesWithTheirFields) {
  Lines lines;
  const Logger logger = lines.logger();

  logger.info("run closed",
              {{"run", "0193"}, {"steps", 5}, {"took", 0.25}, {"ok", true}, {"name", "two words"}});

  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_EQ(without_time(lines.all[0]),
            "info  worker run closed run=0193 steps=5 took=0.25 ok=true name=\"two words\"");
  EXPECT_TRUE(lines.all[0].starts_with("20"));
}

TEST(Logger, WritesJsonLinesThatEscapeWhatTheyMust) {
  Lines lines;
  const Logger logger = lines.logger({.format = LogFormat::json});

  logger.error("said \"no\"", {{"path", "a\\b"}, {"count", 2}});

  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_NE(lines.all[0].find(
                R"("level":"error","program":"worker","message":"said \"no\"","path":"a\\b","count":2})"),
            std::string::npos)
      << lines.all[0];
}

TEST(Logger, WritesNothingBelowItsLevel) {
  Lines lines;
  const Logger logger = lines.logger({.level = LogLevel::warn});

  logger.debug("a");
  logger.info("b");
  logger.warn("c");

  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_FALSE(logger.is_on(LogLevel::info));
  EXPECT_TRUE(logger.is_on(LogLevel::error));
}

TEST(Logger, ShowsControlCharactersInsteadOfSendingThem) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    Lines lines;
    const Logger logger = lines.logger({.format = format});

    logger.info("branch \x1b[2Jmain", {{"name", "a\nb\r\xff\x07"}});

    ASSERT_EQ(lines.all.size(), 1u);
    for (const char c : lines.all[0]) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_NE(lines.all[0].find("x1b[2Jmain"), std::string::npos);
  }
}

TEST(Logger, ScrubsTheMessageAndEveryTextField) {
  Lines lines;
  const auto scrub = [](std::string text) {
    for (std::size_t at = text.find("hunter2"); at != std::string::npos; at = text.find("hunter2")) {
      text.replace(at, 7, "***");
    }
    return text;
  };
  const Logger logger = lines.logger({.scrub = scrub});

  logger.info("token hunter2", {{"header", "Bearer hunter2"}});

  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_EQ(lines.all[0].find("hunter2"), std::string::npos);
  EXPECT_NE(lines.all[0].find("token ***"), std::string::npos);
}

TEST(Logger, KeepsLinesWholeWhenManyThreadsWrite) {
  Lines lines;
  const Logger logger = lines.logger();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&logger] {
        for (int i = 0; i < 100; ++i) logger.info("same line");
      });
    }
  }

  ASSERT_EQ(lines.all.size(), 400u);
  for (const std::string& line : lines.all) EXPECT_EQ(without_time(line), "info  worker same line");
}

TEST(LogLevel, IsReadFromItsName) {
  EXPECT_EQ(parse_log_level("warn"), LogLevel::warn);
  EXPECT_EQ(parse_log_level("WARN"), std::nullopt);
  EXPECT_EQ(parse_log_format("json"), LogFormat::json);
  EXPECT_EQ(parse_log_format("xml"), std::nullopt);
}

}  // namespace
}  // namespace callboard::telemetry
