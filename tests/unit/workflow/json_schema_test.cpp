#include "shared/workflow/json_schema.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"

namespace callboard::workflow {
namespace {

/// What is wrong with a value, a line each.
std::string faults(std::string_view schema, std::string_view value) {
  const auto tree = read_yaml(schema);
  EXPECT_TRUE(tree) << schema;
  Problems problems;
  const JsonSchema read = JsonSchema::read(*tree, "schema", problems);
  EXPECT_TRUE(problems.empty()) << to_string(problems.take(), "w");
  std::string out;
  for (const auto& fault : read.check(*read_json(value))) out += fault.pointer + ": " + fault.message + "\n";
  return out;
}

std::string problems(std::string_view schema) {
  Problems out;
  JsonSchema::read(*read_yaml(schema), "schema", out);
  return to_string(out.take(), "w");
}

TEST(JsonSchema, SaysEverythingThatIsWrongAndWhere) {
  const char* schema =
      "{type: object, required: [env, n], additionalProperties: false, properties: {env: {enum: [prod, "
      "test]}, "
      "n: {type: integer, minimum: 1, maximum: 9}, tags: {type: array, maxItems: 2, items: {type: string, "
      "minLength: 2}}}}";
  EXPECT_EQ(faults(schema, R"({"env":"prod","n":3,"tags":["ab"]})"), "");
  EXPECT_EQ(faults(schema, R"({"env":"dev","n":1.5,"tags":["a",5,"cc"],"x/y":1})"),
            "/env: found \"dev\", expected one of \"prod\", \"test\"\n"
            "/n: found 1.5, expected integer\n"
            "/tags: found 3 items, expected at most 2\n"
            "/tags/0: found 1 characters, expected at least 2\n"
            "/tags/1: found 5, expected string\n"
            "/x~1y: is not one of the properties that may be here\n");
  EXPECT_EQ(faults(schema, "{}"),
            ": found no \"env\", which is required\n: found no \"n\", which is required\n");
  EXPECT_EQ(faults(schema, "[]"), ": found a list of 0, expected object\n");
}

TEST(JsonSchema, KnowsItsCombinations) {
  EXPECT_EQ(faults("{anyOf: [{type: string}, {type: integer}]}", "1"), "");
  EXPECT_NE(faults("{anyOf: [{type: string}, {type: integer}]}", "null"), "");
  EXPECT_NE(faults("{oneOf: [{type: number}, {type: integer}]}", "1"), "");
  EXPECT_EQ(faults("{oneOf: [{type: number}, {type: integer}]}", "1.5"), "");
  EXPECT_NE(faults("{not: {const: 1}}", "1.0"), "") << "1 and 1.0 are one number";
  EXPECT_NE(faults("{allOf: [{exclusiveMinimum: 1}, {exclusiveMaximum: 3}]}", "3"), "");
  EXPECT_EQ(faults("{prefixItems: [{type: string}], items: {type: integer}}", R"(["a",1,2])"), "");
  EXPECT_NE(faults("{type: [string, 'null'], minLength: 1}", R"("")"), "");
  EXPECT_NE(faults("{properties: {a: false}}", R"({"a":1})"), "");
}

TEST(JsonSchema, RefusesWhatItWouldNotCheck) {
  EXPECT_EQ(problems("{type: strin}"), "w:1:8: schema.type: found text \"strin\": did you mean 'string'?\n");
  EXPECT_EQ(problems("{properties: {a: {pattern: x}}}"),
            "w:1:19: schema.properties.a.pattern: 'pattern' is not one of JSON Schema's keywords that are "
            "checked here\n");
  EXPECT_NE(problems("{minLenght: 1}").find("did you mean 'minLength'?"), std::string::npos);
  EXPECT_NE(problems("{minLength: -1}").find("whole number of at least 0"), std::string::npos);
  EXPECT_NE(problems("{anyOf: []}").find("at least one entry"), std::string::npos);
  EXPECT_NE(problems("{items: [1]}").find("expected a schema"), std::string::npos);
}

TEST(JsonSchema, NamesNoMoreThanTwentyFaults) {
  std::string list = "[";
  for (int i = 0; i < 100; ++i) list += i > 0 ? ",1" : "1";
  const std::string all = faults("{items: {type: string}}", list + "]");
  EXPECT_EQ(std::ranges::count(all, '\n'), 20);
}

}  // namespace
}  // namespace callboard::workflow
