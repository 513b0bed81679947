#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
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

/// "4: message" of each fault, and the expressions that are right.
std::string faults(std::string_view text, Opening opening = Opening::dollar_brace) {
  std::vector<TextFault> found;
  const Text right = parse_right_parts(text, opening, found);
  EXPECT_EQ(found.empty(), parse_text(text, opening).has_value()) << text;
  std::string out;
  for (const TextFault& fault : found) out += std::to_string(fault.offset) + ": " + fault.message + "\n";
  for (const auto& part : right.parts) {
    if (part.expression) out += "[" + part.expression->source() + "]";
  }
  return out;
}

TEST(ParseText, EndsAtTheFirstFault) {
  EXPECT_EQ(parse_text("${ event.n } ${ event.n", Opening::dollar_brace).error().message,
            "an expression without its closing }");
  EXPECT_TRUE(parse_text("${ evnt.n } ${ ", Opening::dollar_brace)
                  .error()
                  .message.starts_with("unknown context 'evnt'"));
}

TEST(ParseRightParts, TellsThePlaceOfEachFault) {
  EXPECT_EQ(faults("abc ${ evnt.n }"), "7: unknown context 'evnt': did you mean 'event'?\n");
  EXPECT_EQ(faults("abc ${{evnt.n}}"), "7: unknown context 'evnt': did you mean 'event'?\n");
  EXPECT_EQ(faults("abc ${ event.n"), "4: an expression without its closing }\n");
  EXPECT_EQ(
      faults("${ evnt.n } $${ x } ${ event.n } ${ event. } ${event.m}"),
      "3: unknown context 'evnt': did you mean 'event'?\n41: expected a name behind '.', found the end\n"
      "[ event.n ][event.m]");
  EXPECT_EQ(faults("${ 'a } ${ evnt.n }"),
            "0: an expression without its closing }\n11: unknown context 'evnt': did you mean 'event'?\n");
  EXPECT_EQ(faults("${ x } ${{ evnt.n }} ${{ event.n }}", Opening::double_brace),
            "11: unknown context 'evnt': did you mean 'event'?\n[ event.n ]");
}

TEST(ParseRightParts, GathersNoMoreThanAreShown) {
  std::string text;
  for (std::size_t i = 0; i < 3 * limits::kWorkflowErrors; ++i) text += "${";
  std::vector<TextFault> found;
  parse_right_parts(text, Opening::dollar_brace, found);
  EXPECT_EQ(found.size(), limits::kWorkflowErrors + 1);
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
