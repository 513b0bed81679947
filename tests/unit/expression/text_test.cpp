#include <gtest/gtest.h>

#include "shared/expression/template.hpp"
#include "shared/value/write.hpp"
#include "tests/unit/expression/json_contexts.hpp"

namespace callboard::expression {
namespace {

const JsonContexts& contexts() {
  static const JsonContexts kAll(
      R"({"event":{"n":7,"who":"O'Neil","list":[1],"odd":"${event.n}","none":null}})");
  return kAll;
}

std::string rendered(std::string_view text, Opening opening = Opening::dollar_brace) {
  const auto parsed = parse_text(text, opening);
  if (!parsed) return "refused: " + parsed.error().message;
  const auto value = render_text(*parsed, contexts());
  return value ? write_json(*value) : "failed: " + value.error().message;
}

TEST(ParseText, KeepsTheTypeOfAStringThatIsOneExpression) {
  EXPECT_EQ(rendered("${event.n}"), "7");
  EXPECT_EQ(rendered("${{ event.list }}"), "[1]");
  EXPECT_EQ(rendered("${ event.none }"), "null");
}

TEST(ParseText, PutsValuesIntoTextOtherwise) {
  EXPECT_EQ(rendered("#${event.n} by ${{ event.who }}."), "\"#7 by O'Neil.\"");
  EXPECT_EQ(rendered(" ${event.n}"), "\" 7\"");
  EXPECT_EQ(rendered("<${event.none}${event.list}>"), "\"<Array>\"");
}

TEST(ParseText, TakesTheEscapeForALiteralOpening) {
  EXPECT_EQ(rendered("$${event.n}"), "\"${event.n}\"");
  EXPECT_EQ(rendered("a $${{ x }} b ${event.n}"), "\"a ${{ x }} b 7\"");
}

TEST(ParseText, LeavesOtherDollarsAlone) {
  EXPECT_EQ(rendered("$HOME costs $5 $"), "\"$HOME costs $5 $\"");
  EXPECT_EQ(rendered(""), "\"\"");
}

TEST(ParseText, LetsClosingBracesStandInStrings) {
  EXPECT_EQ(rendered("${ '}' }"), "\"}\"");
  EXPECT_EQ(rendered("${{ 'a}}''b' }}"), "\"a}}'b\"");
}

TEST(ParseText, NeverReadsAValueForExpressions) {
  EXPECT_EQ(rendered("${event.odd}"), "\"${event.n}\"");
  EXPECT_EQ(rendered("x ${event.odd}"), "\"x ${event.n}\"");
}

TEST(ParseText, LeavesTheShellItsBraces) {
  EXPECT_EQ(rendered("echo ${HOME} ${{ event.n }} ${x:-${y}}", Opening::double_brace),
            "\"echo ${HOME} 7 ${x:-${y}}\"");
  EXPECT_EQ(rendered("$${{ a }} $${b}", Opening::double_brace), "\"${{ a }} $${b}\"");
}

TEST(ParseText, TellsTheColumnOfWhatIsWrong) {
  std::size_t column = 0;
  EXPECT_FALSE(parse_text("abc ${ evnt.n }", Opening::dollar_brace, &column));
  EXPECT_EQ(column, 8u);
  EXPECT_FALSE(parse_text("abc ${{evnt.n}}", Opening::dollar_brace, &column));
  EXPECT_EQ(column, 8u);
  const auto open = parse_text("abc ${ event.n", Opening::dollar_brace, &column);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().message, "an expression without its closing }");
  EXPECT_EQ(column, 5u);
}

TEST(ParseText, CollectsWhatItReads) {
  const auto text = parse_text("${steps.a.result} ${event.n} ${steps.b.result}", Opening::dollar_brace);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->reads.steps, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(text->reads.event);
  EXPECT_FALSE(text->is_constant());
  EXPECT_FALSE(text->is_single());
}

TEST(RenderKey, IsTextThatTellsOneThingFromAnother) {
  const auto key = [](std::string_view text, std::size_t most = 8) {
    const auto out = render_key(*parse_text(text, Opening::dollar_brace), contexts(), most);
    return out ? *out : "failed: " + out.error().message;
  };
  EXPECT_EQ(key("pr-${event.n}"), "pr-7");
  EXPECT_EQ(key("${event.n}"), "7");
  EXPECT_EQ(key("${event.none}"), "");
  EXPECT_EQ(key("${event.who}", 5), "failed: found 6 bytes, expected at most 5");
  EXPECT_EQ(key("${event.list}"), "failed: found a list, expected text, a number, true or false");
  EXPECT_EQ(key("${event}"), "failed: found an object, expected text, a number, true or false");
}

}  // namespace
}  // namespace callboard::expression
