#include "shared/value/pattern.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callboard {
namespace {

bool finds(std::string_view pattern, std::string_view text) {
  const auto parsed = Pattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->finds(text);
}

std::string problem(std::string_view pattern) {
  const auto parsed = Pattern::parse(pattern);
  return parsed ? "" : parsed.error().message;
}

TEST(Pattern, MatchesAnywhereUnlessItSaysWhere) {
  EXPECT_TRUE(finds("b", "abc"));
  EXPECT_FALSE(finds("^b", "abc"));
  EXPECT_TRUE(finds("^ab", "abc"));
  EXPECT_TRUE(finds("c$", "abc"));
  EXPECT_FALSE(finds("b$", "abc"));
  EXPECT_TRUE(finds("^$", ""));
  EXPECT_FALSE(finds("^$", "x"));
  EXPECT_TRUE(finds("", "anything"));
}

TEST(Pattern, KnowsWhatSchemasAreWrittenWith) {
  EXPECT_TRUE(finds("^[a-z][a-z0-9-]*$", "web-2"));
  EXPECT_FALSE(finds("^[a-z][a-z0-9-]*$", "2web"));
  EXPECT_TRUE(finds(R"(^\d{4}-\d{2}-\d{2}$)", "2026-11-29"));
  EXPECT_FALSE(finds(R"(^\d{4}-\d{2}-\d{2}$)", "2026-11-290"));
  EXPECT_TRUE(finds(R"(^v?(0|[1-9]\d*)(\.\d+){2}$)", "v1.20.3"));
  EXPECT_FALSE(finds(R"(^v?(0|[1-9]\d*)(\.\d+){2}$)", "v01.2"));
  EXPECT_TRUE(finds(R"(^[^@\s]+@[\w.]+$)", "a@b.org"));
  EXPECT_TRUE(finds("^(?:a|bc){2,3}$", "abca"));
  EXPECT_FALSE(finds("^(?:a|bc){2,3}$", "a"));
  EXPECT_TRUE(finds("^a{2,}$", "aaaa"));
  EXPECT_TRUE(finds(R"(\bfoo\b)", "a foo b"));
  EXPECT_FALSE(finds(R"(\bfoo\b)", "afoo"));
  EXPECT_TRUE(finds(R"(\Boo)", "foo"));
  EXPECT_TRUE(finds(R"([\]\-])", "-"));
  EXPECT_TRUE(finds(R"([a-])", "-"));
  EXPECT_TRUE(finds(R"(^[\W]$)", "!"));
  EXPECT_FALSE(finds(R"(^[\W]$)", "a"));
  EXPECT_TRUE(finds(R"(\x41\u00e9)", "Aé"));
  EXPECT_TRUE(finds("a.c",
                    "a\xC3\xA9"
                    "c"));
  EXPECT_FALSE(finds("a.c", "a\nc"));
  EXPECT_TRUE(finds("a+?b", "aab"));
  EXPECT_TRUE(finds("(a*)*$", "aaab"));
}

TEST(Pattern, CountsCodePoints) {
  EXPECT_TRUE(finds("^.{3}$", "äöü"));
  EXPECT_TRUE(finds("^[à-ü]+$", "äöü"));
  EXPECT_FALSE(finds("^[a-z]+$", "ä"));
}

TEST(Pattern, TakesTimeLinearInTheText) {
  // what backtracking would take 2^n steps for
  const std::string text(20'000, 'a');
  EXPECT_FALSE(finds("^(a+)+$", text + "!"));
  EXPECT_FALSE(finds("^(a|a)*$", text + "!"));
  EXPECT_FALSE(finds("^(a?){50}a{50}$", text));
}

TEST(Pattern, SaysWhatIsWrong) {
  EXPECT_EQ(problem("a(b"), "found missing ): a(b");
  EXPECT_EQ(problem("a)"), "found unexpected ): a)");
  EXPECT_EQ(problem("[a"), "found missing ]: [a");
  EXPECT_EQ(problem("*a"), "found no argument for repetition operator: *");
  EXPECT_EQ(problem("a**"), "found bad repetition operator: **");
  EXPECT_EQ(problem("a{3,2}"), "found invalid repetition size: {3,2}");
  EXPECT_EQ(problem("(?=a)"), "found (?=, which is not supported: look-around takes too long");
  EXPECT_EQ(problem(R"((a)\1)"), R"(found \1, which is not supported)");
  EXPECT_EQ(problem("[z-a]"), "found invalid character class range: z-a");
  EXPECT_EQ(problem("a\\"), "found trailing \\");
}

TEST(Pattern, IsBounded) {
  EXPECT_NE(problem("((a{100}){100}){100}"), "");
  EXPECT_NE(problem("a{2000}"), "");
  EXPECT_NE(problem(std::string(2'000, '(')), "");
}

}  // namespace
}  // namespace callboard
