#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/workflow/schema_reader.hpp"

namespace callboard::workflow {
namespace {

/// What is wrong with a value, a line each.
std::string faults(std::string_view schema, std::string_view value) {
  const auto tree = read_yaml(schema);
  EXPECT_TRUE(tree) << schema;
  Problems problems;
  const JsonSchema read = read_schema(*tree, "schema", problems);
  EXPECT_TRUE(problems.empty()) << to_string(problems.take(), "w");
  std::string out;
  for (const auto& fault : read.check(*read_json(value))) out += fault.pointer + ": " + fault.message + "\n";
  return out;
}

std::string problems(std::string_view schema) {
  Problems out;
  read_schema(*read_yaml(schema), "schema", out);
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
  EXPECT_EQ(problems("{properties: {a: {unevaluatedItems: x}}}"),
            "w:1:19: schema.properties.a.unevaluatedItems: 'unevaluatedItems' is not one of JSON Schema's "
            "keywords that are checked here\n");
  EXPECT_EQ(problems("{properties: {a: {pattern: '(x'}}}"),
            "w:1:28: schema.properties.a.pattern: found missing ): (x\n");
  EXPECT_NE(problems("{$ref: '#/$defs/a'}").find("expected # or #/$defs/"), std::string::npos);
  EXPECT_NE(problems("{multipleOf: 0}").find("a number above 0"), std::string::npos);
  EXPECT_NE(problems("{minLenght: 1}").find("did you mean 'minLength'?"), std::string::npos);
  EXPECT_NE(problems("{minLength: -1}").find("whole number of at least 0"), std::string::npos);
  EXPECT_NE(problems("{anyOf: []}").find("at least one entry"), std::string::npos);
  EXPECT_NE(problems("{items: [1]}").find("expected a schema"), std::string::npos);
}

TEST(JsonSchema, KnowsPatternsAndNames) {
  EXPECT_EQ(faults("{pattern: '^[a-z]+$'}", R"("abc")"), "");
  EXPECT_EQ(faults("{pattern: '^[a-z]+$'}", R"("Abc")"),
            ": found \"Abc\", expected what \"^[a-z]+$\" matches\n");
  const char* schema =
      "{patternProperties: {'^x-': {type: string}, y$: {minLength: 2}}, additionalProperties: false, "
      "propertyNames: {maxLength: 4}}";
  EXPECT_EQ(faults(schema, R"({"x-a":"b","ay":"cc"})"), "");
  EXPECT_EQ(faults(schema, R"({"x-a":1,"x-y":"c","other":1})"),
            "/x-a: found 1, expected string\n"
            "/x-y: found 1 characters, expected at least 2\n"
            "/other: found 5 characters, expected at most 4\n"
            "/other: is not one of the properties that may be here\n");
}

TEST(JsonSchema, KnowsListsWhoseItemsDiffer) {
  EXPECT_EQ(faults("{uniqueItems: true}", R"([1,"1",[1],{"a":1}])"), "");
  EXPECT_EQ(faults("{uniqueItems: true}", R"([{"a":1,"b":2},{"b":2.0,"a":1}])"),
            "/1: found an object again: each item may stand once\n");
  EXPECT_EQ(faults("{contains: {type: integer}, maxContains: 1}", R"(["a",1])"), "");
  EXPECT_NE(faults("{contains: {type: integer}}", R"(["a"])"), "");
  EXPECT_NE(faults("{contains: {type: integer}, maxContains: 1}", "[1,2]"), "");
  EXPECT_EQ(faults("{multipleOf: 0.1}", "0.3"), "");
  EXPECT_NE(faults("{multipleOf: 2}", "3"), "");
}

TEST(JsonSchema, TellsWholeNumbersApartToTheLastDigit) {
  const char* id = "1234567890123456789";
  const char* one_less = "1234567890123456788";
  EXPECT_EQ(faults("{const: 1234567890123456789}", id), "");
  EXPECT_NE(faults("{const: 1234567890123456789}", one_less), "");
  EXPECT_NE(faults("{enum: [9007199254740993]}", "9007199254740992"), "");
  EXPECT_EQ(faults("{enum: [9007199254740992]}", "9007199254740992.0"), "");
  EXPECT_EQ(faults("{minimum: 1234567890123456789}", id), "");
  EXPECT_NE(faults("{minimum: 1234567890123456789}", one_less), "");
  EXPECT_NE(faults("{maximum: 1234567890123456788}", id), "");
  EXPECT_EQ(faults("{exclusiveMinimum: 1234567890123456788}", id), "");
  EXPECT_EQ(faults("{exclusiveMaximum: 1234567890123456789}", one_less), "");
  EXPECT_NE(faults("{exclusiveMaximum: 1234567890123456789}", id), "");
  EXPECT_EQ(faults("{uniqueItems: true}", "[1234567890123456789,1234567890123456788]"), "");
  EXPECT_NE(faults("{uniqueItems: true}", "[18446744073709551615,1,18446744073709551615]"), "");
}

TEST(JsonSchema, ComparesWholeNumbersOfEitherSignAndSpelling) {
  EXPECT_EQ(faults("{exclusiveMinimum: 9223372036854775807}", "9223372036854775808"), "");
  EXPECT_NE(faults("{maximum: 9223372036854775807}", "9223372036854775808"), "");
  EXPECT_NE(faults("{const: -9223372036854775808}", "-9223372036854775807"), "");
  EXPECT_EQ(faults("{maximum: 18446744073709551615}", "-1"), "");
  EXPECT_EQ(faults("{exclusiveMaximum: 1e300}", "18446744073709551615"), "");
  EXPECT_EQ(faults("{exclusiveMaximum: 1.8446744073709551616e19}", "18446744073709551615"), "");
  EXPECT_NE(faults("{const: 9007199254740993}", "9007199254740992.0"), "");
  EXPECT_EQ(faults("{minimum: 0.5, maximum: 1.5}", "1"), "");
}

TEST(JsonSchema, FindsMultiplesExactly) {
  EXPECT_NE(faults("{multipleOf: 2}", "9007199254740993"), "");
  EXPECT_NE(faults("{multipleOf: 2.0}", "9007199254740993"), "");
  EXPECT_EQ(faults("{multipleOf: 3}", "18446744073709551615"), "");
  EXPECT_EQ(faults("{multipleOf: 7}", "-9223372036854775807"), "");
  EXPECT_NE(faults("{multipleOf: 7}", "-9223372036854775806"), "");
  EXPECT_EQ(faults("{multipleOf: 2}", "-9223372036854775808"), "");
  EXPECT_EQ(faults("{multipleOf: 2}", "-4.0"), "");
  EXPECT_EQ(faults("{multipleOf: 0.01}", "19.99"), "");
  EXPECT_NE(faults("{multipleOf: 2}", "3.5"), "");
}

TEST(JsonSchema, RefusesBoundsThatCrossByOne) {
  EXPECT_NE(problems("{minimum: 1234567890123456789, maximum: 1234567890123456788}"), "");
  EXPECT_EQ(problems("{minimum: 1234567890123456788, maximum: 1234567890123456789}"), "");
}

TEST(JsonSchema, FollowsReferencesAndConditions) {
  const char* tree =
      "{$defs: {node: {type: object, required: [name], properties: {name: {type: string}, children: {items: "
      "{$ref: '#/$defs/node'}}}}}, $ref: '#/$defs/node'}";
  EXPECT_EQ(faults(tree, R"({"name":"a","children":[{"name":"b","children":[]}]})"), "");
  EXPECT_EQ(faults(tree, R"({"name":"a","children":[{"name":5}]})"),
            "/children/0/name: found 5, expected string\n");
  const char* branch =
      "{if: {properties: {kind: {const: a}}}, then: {required: [x]}, else: {required: [y]}, "
      "dependentRequired: {x: [z]}}";
  EXPECT_EQ(faults(branch, R"({"kind":"b","y":1})"), "");
  EXPECT_EQ(faults(branch, R"({"kind":"a"})"), ": found no \"x\", which is required\n");
  EXPECT_EQ(faults(branch, R"({"kind":"a","x":1})"), ": found no \"z\", which is required\n");
}

TEST(JsonSchema, ReadsTheEscapesOfAReference) {
  const auto schema = [](std::string_view name, std::string_view reference) {
    return "{$defs: {'" + std::string(name) + "': {type: string}}, $ref: '#/$defs/" + std::string(reference) +
           "'}";
  };
  const std::vector<std::pair<std::string_view, std::string_view>> spellings = {
      {"a/b", "a~1b"},   {"a~b", "a~0b"}, {"~1", "~01"},  {"a b", "a%20b"},
      {"a/b", "a%7E1b"}, {"é", "%C3%a9"}, {"a/b", "a/b"}, {"a~2b", "a~2b"},
      {"100%", "100%"},  {"a%2", "a%2"},  {"%+1", "%+1"}};
  for (const auto& [name, reference] : spellings) {
    EXPECT_EQ(faults(schema(name, reference), R"("text")"), "") << reference;
    EXPECT_EQ(faults(schema(name, reference), "1"), ": found 1, expected string\n") << reference;
  }
  EXPECT_NE(problems(schema("a/b", "a~0b")), "");
  EXPECT_NE(problems("{$defs: {a/b: {$ref: '#/$defs/a~1b'}}}").find("leads back to itself"),
            std::string::npos);
}

TEST(JsonSchema, EndsWhateverItSays) {
  EXPECT_NE(problems("{$ref: '#'}").find("leads back to itself"), std::string::npos);
  EXPECT_NE(problems("{$defs: {a: {allOf: [{$ref: '#/$defs/b'}]}, b: {not: {$ref: '#/$defs/a'}}}}")
                .find("leads back to itself"),
            std::string::npos);
  // each level asks twice about the one below: 2^40 steps
  std::string schema = "{items: {anyOf: [{$ref: '#'}, {$ref: '#'}]}, type: array}";
  std::string value = "1";
  for (int i = 0; i < 40; ++i) value = "[" + value + "]";
  EXPECT_NE(faults(schema, value), "");
}

TEST(JsonSchema, NamesNoMoreThanTwentyFaults) {
  std::string list = "[";
  for (int i = 0; i < 100; ++i) list += i > 0 ? ",1" : "1";
  const std::string all = faults("{items: {type: string}}", list + "]");
  EXPECT_EQ(std::ranges::count(all, '\n'), 20);
}

}  // namespace
}  // namespace callboard::workflow
