#include <gtest/gtest.h>

#include <set>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

TEST(Executors, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Description* executor : executors()) {
    EXPECT_TRUE(names.insert(executor->name).second) << executor->name;
    for (const ShortName& other : executor->short_names)
      EXPECT_TRUE(names.insert(other.name).second) << other.name;
    EXPECT_FALSE(executor->summary.empty()) << executor->name;
  }
}

TEST(Executors, DescribeEveryParameter) {
  for (const Description* executor : executors()) {
    EXPECT_TRUE(executor->takes_anything == executor->parameters.empty()) << executor->name;
    for (const Field& field : executor->parameters)
      EXPECT_FALSE(field.description.empty()) << executor->name << "." << field.name;
  }
}

TEST(FindExecutor, KnowsNamesAndShortNames) {
  const ShortName* short_name = nullptr;
  EXPECT_EQ(find_executor("shell", &short_name)->name, "shell");
  EXPECT_EQ(short_name, nullptr);
  EXPECT_EQ(find_executor("claude", &short_name)->name, "provider");
  EXPECT_EQ(short_name->value, "anthropic");
  EXPECT_EQ(find_executor("Shell"), nullptr);
}

TEST(UnknownExecutor, SaysWhatIsLaterAndWhatIsNearest) {
  EXPECT_EQ(unknown_executor("agent"), "executor 'agent' is not supported yet");
  EXPECT_EQ(unknown_executor("slack.send_message"), "executor 'slack.send_message' is not supported yet");
  EXPECT_EQ(unknown_executor("htp"), "unknown executor 'htp': did you mean 'http'?");
}

}  // namespace
}  // namespace callboard::workflow
