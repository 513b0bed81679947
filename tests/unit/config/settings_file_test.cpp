#include "shared/config/settings_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callboard::config {
namespace {

std::string first_problem(std::string_view text) {
  const auto entries = parse_settings_file("f.yaml", text);
  return entries ? "" : entries.error().front().place + ": " + entries.error().front().message;
}

TEST(SettingsFile, IsNestedMapsWithTextsAsLeaves) {
  const auto entries =
      parse_settings_file("f.yaml", "listen: 127.0.0.1:0\nlog:\n  level: debug\nhttp: {allow: [a, b]}\n");

  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ(entries->at(1).path, "log.level");
  EXPECT_EQ(entries->at(1).value, "debug");
  EXPECT_EQ(entries->at(1).place, "f.yaml:3:10");
  EXPECT_EQ(entries->at(2).value, "a,b");
}

TEST(SettingsFile, MayBeEmpty) {
  EXPECT_TRUE(parse_settings_file("f.yaml", "")->empty());
  EXPECT_TRUE(parse_settings_file("f.yaml", "# nothing\n")->empty());
}

TEST(SettingsFile, IsRefusedWhereItIsNoMapOfNames) {
  EXPECT_EQ(first_problem("[a, b]\n"),
            "f.yaml:1:1: expected a map of settings, such as `log: {level: debug}`");
  EXPECT_EQ(first_problem("\"\": x\n"), "f.yaml:1:1: expected a key");
}

TEST(SettingsFile, IsRefusedWithThePlace) {
  EXPECT_EQ(first_problem("a: 1\na: 2\n"), "f.yaml:2:1: the key a is there twice");
  EXPECT_EQ(first_problem("just text"),
            "f.yaml:1:1: expected a map of settings, such as `log: {level: debug}`");
  EXPECT_EQ(first_problem("a: &x {b: c}\n"), "f.yaml:1:4: found an anchor, which settings don't have");
  EXPECT_EQ(first_problem("a: [[b]]\n"), "f.yaml:1:5: expected a list of texts");
  EXPECT_TRUE(first_problem("a: 1\n---\nb: 2\n").starts_with("f.yaml:2:1: found a second document"));
  EXPECT_TRUE(first_problem("a:\n\tb: 1\n").starts_with("f.yaml:2:1: not YAML: "))
      << first_problem("a:\n\tb: 1\n");
  EXPECT_TRUE(first_problem("{a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}")
                  .ends_with("deeper than any setting"));
  EXPECT_TRUE(first_problem(std::string(70'000, '#')).ends_with("which no settings need"));
}

}  // namespace
}  // namespace callboard::config
