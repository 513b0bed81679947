#include "shared/run/keys.hpp"

#include <gtest/gtest.h>

#include <string>

#include "shared/base/limits.hpp"

namespace callboard::run {
namespace {

TEST(Keys, NameTheirOccasion) {
  EXPECT_EQ(result_key("build", 2), "g1/build/2/result");
  EXPECT_EQ(started_key("build", 1, 3), "g3/build/1/started");
  EXPECT_EQ(begun_key("build", 1, 4), "g1/build/1/begun/4");
  EXPECT_EQ(decision_key(17), "d/17");
  EXPECT_EQ(command_key("01-ab"), "cmd/01-ab");
}

TEST(Keys, AreReadBackAsTheyWereMade) {
  const auto result = parse_key("g2/my-step_1/12/result");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kind, KeyKind::result);
  EXPECT_EQ(result->generation, 2u);
  EXPECT_EQ(result->step, "my-step_1");
  EXPECT_EQ(result->attempt, 12u);

  const auto item = parse_key("g1/build[3]/1/result");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->step, "build");
  EXPECT_EQ(item->item, 3u);

  EXPECT_EQ(parse_key("g1/a/1/started")->kind, KeyKind::started);
  EXPECT_EQ(parse_key("g1/a/1/begun/7")->number, 7u);
  EXPECT_EQ(parse_key("d/0")->kind, KeyKind::decision);
  EXPECT_EQ(parse_key("d/40")->number, 40u);
  EXPECT_EQ(parse_key("cmd/x1")->id, "x1");
  EXPECT_EQ(parse_key("signal/go")->kind, KeyKind::signal);
}

TEST(Keys, HaveOneSpelling) {
  for (const char* other : {"",
                            "g",
                            "g1",
                            "g0/a/1/result",
                            "g01/a/1/result",
                            "g1/a/0/result",
                            "g1/a/01/result",
                            "g1/a/1/result/",
                            "g1/a/1/Result",
                            "g1//1/result",
                            "g1/1a/1/result",
                            "g1/a b/1/result",
                            "g1/a[]/1/result",
                            "g1/a[01]/1/result",
                            "g1/a/1/begun/0",
                            "g1/a/1/begun/",
                            "g1/a/1/begun/1x",
                            "g+1/a/1/result",
                            "g1/a/4294967296/result",
                            "d/",
                            "d/01",
                            "d/-1",
                            "d/1 ",
                            "cmd/",
                            "cmd/a b",
                            "cmd/a/b",
                            "signal/",
                            "signal/\n",
                            "x/1",
                            " d/1"}) {
    EXPECT_FALSE(parse_key(other)) << other;
  }
  EXPECT_FALSE(parse_key("g1/" + std::string(64, 'a') + "/1/result"));
  EXPECT_TRUE(parse_key("g1/" + std::string(63, 'a') + "/1/result"));
  EXPECT_FALSE(parse_key("cmd/" + std::string(limits::kKeyBytes, 'a')));
}

}  // namespace
}  // namespace callboard::run
