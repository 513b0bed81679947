#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/expression/expression.hpp"
#include "shared/value/write.hpp"
#include "tests/unit/expression/json_contexts.hpp"

// The functions and filters of Actions, and the few of our own.
namespace callboard::expression {
namespace {

std::string eval(std::string_view source, std::string_view event = "null") {
  const auto parsed = parse_expression(source);
  if (!parsed) return "refused: " + parsed.error().message;
  std::size_t column = 0;
  const auto value = evaluate(*parsed, JsonContexts(R"({"event":)" + std::string(event) + "}"), &column);
  return value ? write_json(*value) : "failed: " + value.error().message;
}

TEST(Functions, ContainsLooksIntoTextsAndLists) {
  EXPECT_EQ(eval("contains('Hello', 'ELL')"), "true");
  EXPECT_EQ(eval("contains(1234, 23)"), "true");
  EXPECT_EQ(eval("contains(event, 'B')", R"(["a","b"])"), "true");
  EXPECT_EQ(eval("contains(event, 2)", R"(["1","2"])"), "true");
  EXPECT_EQ(eval("contains(event, 'c')", R"(["a","b"])"), "false");
  EXPECT_EQ(eval("contains(event, 'a')", R"({"a":1})"), "false");
  EXPECT_EQ(eval("CONTAINS('abc', null)"), "true");
}

TEST(Functions, BeginningsAndEndsAreWithoutCase) {
  EXPECT_EQ(eval("startsWith('refs/heads/Main', 'REFS/')"), "true");
  EXPECT_EQ(eval("endsWith('refs/heads/Main', 'main')"), "true");
  EXPECT_EQ(eval("startsWith(event, 'a')", "[\"a\"]"), "false");
  EXPECT_EQ(eval("endsWith('ab', 'a')"), "false");
}

TEST(Functions, FormatPutsArgumentsInPlaces) {
  EXPECT_EQ(eval("format('{0}-{1}-{0}', 'a', 2)"), "\"a-2-a\"");
  EXPECT_EQ(eval("format('{{0}} {0}', true)"), "\"{0} true\"");
  EXPECT_EQ(eval("format('{0}', event)", "[1]"), "\"Array\"");
  EXPECT_EQ(eval("format('{0:}', 'a')"), "\"a\"");
  EXPECT_EQ(eval("format('{0:x}', 'a')"),
            "failed: format(): \"{0:x}\" says how {0} is to look, which is not supported: write {0}");
  EXPECT_EQ(eval("format('{0,5}', 'a')"),
            "failed: format(): \"{0,5}\" says how {0} is to look, which is not supported: write {0}");
  EXPECT_EQ(eval("format('{1}', 'a')"), "failed: format(): \"{1}\" asks for {1}, and 1 are given");
  for (const char* bad :
       {"format('{', 1)", "format('}', 1)", "format('{a}', 1)", "format('{0', 1)", "format('{}', 1)"})
    EXPECT_TRUE(eval(bad).contains("a brace that stands alone")) << bad << ": " << eval(bad);
}

TEST(Functions, JoinConcatenates) {
  EXPECT_EQ(eval("join(event)", "[1,\"b\",null,true]"), "\"1,b,,true\"");
  EXPECT_EQ(eval("join(event, ' / ')", "[\"a\",\"b\"]"), "\"a / b\"");
  EXPECT_EQ(eval("join('alone')"), "\"alone\"");
  EXPECT_EQ(eval("join(event)", "{}"), "\"\"");
}

TEST(Functions, JsonIsWrittenIndentedAndRead) {
  EXPECT_EQ(eval("toJSON(event)", R"({"a":[1,{}],"b":"x"})"),
            R"("{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\"\n}")");
  EXPECT_EQ(eval("toJSON(-1234.5)"), "\"-1234.5\"");
  EXPECT_EQ(eval("fromJSON('[1,{\"a\":2}]')[1].A"), "2");
  EXPECT_EQ(eval("fromJSON(toJSON(event)).a[0]", R"({"a":[9007199254740993]})"), "9007199254740993");
  EXPECT_TRUE(eval("fromJSON('{')").starts_with("failed: fromJSON(): ")) << eval("fromJSON('{')");
  EXPECT_TRUE(eval("fromJSON('')").starts_with("failed: fromJSON(): "));
  EXPECT_EQ(eval("fromJSON('[12345678901234567890123]')[0] == 12345678901234567890123"), "true");
  EXPECT_EQ(eval("fromJSON('[1,1e400]')"),
            "failed: fromJSON(): a number beyond the largest double: 1e400 at line 1, column 4");
}

TEST(Functions, CaseTakesTheFirstThatHoldsAndEvaluatesNoOther) {
  EXPECT_EQ(eval("case(false, 1, true, 2, 3)"), "2");
  EXPECT_EQ(eval("case(false, 1, false, 2, 3)"), "3");
  EXPECT_EQ(eval("case(true, 1, fromJSON('{'))"), "1");
  EXPECT_EQ(eval("case(1, 1, 2)"), "failed: case(): a condition is neither true nor false: 1");
}

TEST(Functions, OurOwnAreForWhatActionsLacks) {
  EXPECT_EQ(eval("default(event.a, 'x')", R"({"a":0})"), "0");
  EXPECT_EQ(eval("default(event.a, 'x')", "{}"), "\"x\"");
  EXPECT_EQ(eval("length('für')"), "3");
  EXPECT_EQ(eval("length(event)", "[1,2]"), "2");
  EXPECT_EQ(eval("length(event)", R"({"a":1})"), "1");
  EXPECT_EQ(eval("length(null)"), "0");
  EXPECT_EQ(eval("length(12)"), "failed: length() is of a text, a list or an object; found 12");
  EXPECT_EQ(eval("now()"), "\"2026-11-21T10:00:00.000000Z\"");
}

TEST(Functions, AFailureStaysOneWhereverItStands) {
  EXPECT_TRUE(eval("fromJSON('{') || 'x'").starts_with("failed: "));
  EXPECT_TRUE(eval("!fromJSON('{')").starts_with("failed: "));
  EXPECT_EQ(eval("'x' || fromJSON('{')"), "\"x\"") << "it is not evaluated";
}

TEST(Functions, ThatExplodeAreStopped) {
  std::string source = "'0123456789'";
  for (int i = 0; i < 20; ++i) source = "format('{0}{0}{0}', " + source + ")";
  EXPECT_EQ(eval(source),
            "failed: format() gives more than " + std::to_string(limits::kRenderedBytes) + " bytes");
}

TEST(Filters, CollectTheValuesOfListsAndObjects) {
  EXPECT_EQ(eval("event.*", R"({"a":1,"b":2})"), "[1,2]");
  EXPECT_EQ(eval("event[*]", "[3,4]"), "[3,4]");
  EXPECT_EQ(eval("event.*", "\"text\""), "[]");
  EXPECT_EQ(eval("event.none.*", "{}"), "[]");
}

TEST(Filters, WhatIsAskedOfThemIsAskedOfEach) {
  const char* labels = R"({"labels":[{"name":"bug"},{"other":1},{"NAME":"ui"}]})";
  EXPECT_EQ(eval("event.labels.*.name", labels), R"(["bug","ui"])");
  EXPECT_EQ(eval("contains(event.labels.*.name, 'BUG')", labels), "true");
  EXPECT_EQ(eval("(event.labels.*).name", labels), R"(["bug","ui"])");
  EXPECT_EQ(eval("event.*.*.name", labels), R"(["bug","ui"])");
  EXPECT_EQ(eval("event.*[0]", R"([[1,2],[3],[]])"), "[1,3]");
  EXPECT_EQ(eval("join(event.labels.*.name, '+')", labels), "\"bug+ui\"");
}

TEST(Filters, GoOverTheSteps) {
  const auto parsed = parse_expression("contains(steps.*.status, 'failed')");
  ASSERT_TRUE(parsed);
  const auto holds_for = [&](const char* json) { return *holds(*parsed, JsonContexts(json)); };
  EXPECT_TRUE(holds_for(R"({"steps":{"a":{"status":"completed"},"b":{"status":"failed"}}})"));
  EXPECT_FALSE(holds_for(R"({"steps":{"a":{"status":"completed"}}})"));
}

TEST(Casing, IsThatOfUnicode) {
  EXPECT_EQ(eval("'ς' == 'Σ' && 'ü' == 'Ü' && 'ç' == 'Ç'"), "true");
  EXPECT_EQ(eval("'ı' == 'I' || 'ſ' == 'S'"), "false");
  EXPECT_EQ(eval("'\uff5e' > '\U0001f600' && '\ue000' > '\U0001f600' && 'ü' < '\U0001f600'"), "true");
  EXPECT_EQ(eval("'i' == 'İ' || 'ı' == 'I'"), "false");
  EXPECT_EQ(eval("'A' < '[' && 'a' < '['"), "true");
  EXPECT_EQ(eval("contains('STRAßE', 'straß')"), "true");
}

}  // namespace
}  // namespace callboard::expression
