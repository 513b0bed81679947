#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {
namespace {

std::string json_of(std::string_view json) {
  const auto tree = read_json_tree(json);
  return tree ? write_json(to_value(*tree)) : to_string(tree.error().problems.front(), "j");
}

TEST(ReadJsonTree, GivesWhatTheOtherReaderGives) {
  for (const char* json : {R"({"a":[1,-2,0.5,1e3,true,false,null,"x"],"b":{},"c":[]})", R"(" é😀\n\"\\\/")",
                           "0", "-0.5e-2", "18446744073709551615", R"({"":1})"}) {
    const auto other = read_json(json);
    ASSERT_TRUE(other) << json;
    EXPECT_EQ(json_of(json), write_json(*other)) << json;
  }
}

TEST(ReadJsonTree, SaysWhatWasFoundAndWhere) {
  struct Case {
    const char* json;
    const char* problem;
  };
  const Case cases[] = {
      {"", "j:1:1: not JSON: found the end, expected a value"},
      {"{\"a\":1,}", "j:1:8: not JSON: found '}', expected a key in quotes"},
      {"[1,\n 2,]", "j:2:4: not JSON: found ']', expected a value"},
      {"{\"a\" 1}", "j:1:6: not JSON: found '1', expected ':'"},
      {"[1 2]", "j:1:4: not JSON: found '2', expected ',' or ']'"},
      {"{\"a\":1", "j:1:1: not JSON: found { that is never closed, expected }"},
      {"[01]", "j:1:2: not JSON: found '0', expected a value"},
      {"[.5]", "j:1:2: not JSON: found '.', expected a value"},
      {"[5.]", "j:1:2: not JSON: found '5', expected a value"},
      {"[+1]", "j:1:2: not JSON: found '+', expected a value"},
      {"[NaN]", "j:1:2: not JSON: found 'N', expected a value"},
      {"\"a", "j:1:1: not JSON: found \" that is never closed on its line, expected another \""},
      {"\"\\x\"", "j:1:3: not JSON: found 'x', expected an escape"},
      {"\"\\u12g4\"", "j:1:4: not JSON: found '1', expected four hexadecimal digits"},
      {"\"\\ud800\"", "j:1:8: not JSON: found half of a surrogate pair"},
      {"\"a\nb\"", "j:1:1: not JSON: found \" that is never closed on its line, expected another \""},
      {"\"a\tb\"", "j:1:3: not JSON: found a control character in a string"},
      {"1 2", "j:1:3: not JSON: found more behind the value, expected the end"},
      {"[123456789012345678901234567890]",
       "j:1:2: not JSON: found 123456789012345678901234567890, expected a number that 64 bits can represent"},
  };
  for (const Case& c : cases) EXPECT_EQ(json_of(c.json), c.problem) << c.json;
}

TEST(ReadJsonTree, IsBoundedInDepth) {
  EXPECT_NE(json_of(std::string(100'000, '[')).find("nests deeper than 40 levels"), std::string::npos);
}

}  // namespace
}  // namespace callboard::workflow
