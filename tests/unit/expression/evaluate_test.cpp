#include <gtest/gtest.h>

#include "shared/expression/expression.hpp"
#include "shared/value/write.hpp"
#include "tests/unit/expression/json_contexts.hpp"

namespace callboard::expression {
namespace {

std::string eval(std::string_view source, const Contexts& contexts) {
  const auto parsed = parse_expression(source);
  if (!parsed) return "refused: " + parsed.error().message;
  const auto value = evaluate(*parsed, contexts);
  return value ? write_json(*value) : "failed: " + value.error().message;
}

std::string eval(std::string_view source) { return eval(source, JsonContexts("{}")); }

TEST(Evaluate, GivesLiterals) {
  EXPECT_EQ(eval("null"), "null");
  EXPECT_EQ(eval("true"), "true");
  EXPECT_EQ(eval("-1.5"), "-1.5");
  EXPECT_EQ(eval("0xff"), "255");
  EXPECT_EQ(eval("'it''s'"), "\"it's\"");
  EXPECT_EQ(eval("''"), "\"\"");
}

TEST(Evaluate, KeepsWholeNumbersUpTo64Bits) {
  EXPECT_EQ(eval("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(eval("format('{0}', -9223372036854775808)"), "\"-9223372036854775808\"");
  EXPECT_EQ(eval("-9223372036854775808 == -9223372036854775807"), "false");
  EXPECT_EQ(eval("fromJSON('9223372036854775808') == fromJSON('9223372036854775807')"), "false");
  EXPECT_EQ(eval("fromJSON('9223372036854775808') > fromJSON('9223372036854775807')"), "true");
  EXPECT_EQ(eval("fromJSON('[9223372036854775807]').*[0] == 9223372036854775808"), "false");
  EXPECT_EQ(eval("18446744073709551615 == '18446744073709551615'"), "true");
  EXPECT_EQ(eval("contains(fromJSON('[18446744073709551614]'), 18446744073709551615)"), "false");
  EXPECT_EQ(eval("18446744073709551615 && true"), "true");
}

TEST(Evaluate, FollowsNamesAndPlaces) {
  const JsonContexts contexts(R"({"event":{"action":"opened","labels":[{"name":"bug"}],"a b":1,"1":"one"}})");
  EXPECT_EQ(eval("event.action", contexts), "\"opened\"");
  EXPECT_EQ(eval("event['a b']", contexts), "1");
  EXPECT_EQ(eval("event.labels[0].name", contexts), "\"bug\"");
  EXPECT_EQ(eval("event.labels['0'].name", contexts), "\"bug\"");
  EXPECT_EQ(eval("event[1]", contexts), "\"one\"");
}

TEST(Evaluate, ReadsKeysWithoutCaseButTheExactOneFirst) {
  EXPECT_EQ(eval("EVENT.Action", JsonContexts(R"({"event":{"action":1}})")), "1");
  EXPECT_EQ(eval("event.Action", JsonContexts(R"({"event":{"action":1,"Action":2}})")), "2");
}

TEST(Evaluate, GivesNullForWhatIsNotThere) {
  const JsonContexts contexts(R"({"event":{"labels":[1],"n":3}})");
  for (const char* source :
       {"event.none", "event.none.deeper[3].still", "event.n.x", "event.labels[1]", "event.labels[-1]",
        "event.labels.x", "inputs.x", "steps.none.result", "vars", "event.labels[event]"}) {
    EXPECT_EQ(eval(source, contexts), "null") << source;
  }
}

TEST(Evaluate, TakesEveryKindOfNumberForAPlace) {
  class Counted final : public Contexts {
   public:
    const Value* find_context(std::string_view name) const override {
      return name == "index" ? &index_ : name == "inputs" ? &list_ : nullptr;
    }
    const Value* find_step(std::string_view) const override { return nullptr; }
    const Value* find_step(std::size_t) const override { return nullptr; }
    bool status(StatusFunction) const override { return false; }
    Time now() const override { return {}; }

   private:
    Value index_ = std::uint32_t{1};  // kept as an unsigned number
    Value list_ = Array{5, 6};
  };
  EXPECT_EQ(eval("inputs[index]", Counted()), "6");
  EXPECT_EQ(eval("inputs[1.9]", Counted()), "6");
  EXPECT_EQ(eval("inputs['1']", Counted()), "6");
}

TEST(Evaluate, FindsStepsByKeyAndNumber) {
  const JsonContexts contexts(
      R"({"steps":{"a":{"result":1},"b-c":{"result":{"x":2}}},"inputs":{"n":1,"k":"a"}})");
  EXPECT_EQ(eval("steps.a.result", contexts), "1");
  EXPECT_EQ(eval("steps.b-c.result.x", contexts), "2");
  EXPECT_EQ(eval("steps[1].result.x", contexts), "2");
  EXPECT_EQ(eval("steps[inputs.n].result.x", contexts), "2");
  EXPECT_EQ(eval("steps[inputs.k].result", contexts), "1");
  EXPECT_EQ(eval("steps[9].result", contexts), "null");
}

TEST(Evaluate, GivesTheDecidingOperandOfAndAndOr) {
  EXPECT_EQ(eval("'' || 'fallback'"), "\"fallback\"");
  EXPECT_EQ(eval("'first' || 'second'"), "\"first\"");
  EXPECT_EQ(eval("'' && 'never'"), "\"\"");
  EXPECT_EQ(eval("1 && 2 && 3"), "3");
  EXPECT_EQ(eval("0 || null || ''"), "\"\"");
}

TEST(Evaluate, BindsAsActionsDoes) {
  EXPECT_EQ(eval("true || false && false"), "true");
  EXPECT_EQ(eval("(true || false) && false"), "false");
  EXPECT_EQ(eval("1 < 2 == true"), "true");
  EXPECT_EQ(eval("!0 == 1"), "true");
  EXPECT_EQ(eval("!(1 == 2)"), "true");
  EXPECT_EQ(eval("!!'x'"), "true");
}

TEST(Evaluate, ComparesLoosely) {
  EXPECT_EQ(eval("'Opened' == 'opened'"), "true");
  EXPECT_EQ(eval("'1' == 1"), "true");
  EXPECT_EQ(eval("null == 0"), "true");
  EXPECT_EQ(eval("null == ''"), "true");
  EXPECT_EQ(eval("'x' != 0"), "true");
  EXPECT_EQ(eval("NaN == NaN"), "false");
  EXPECT_EQ(eval("NaN != NaN"), "true");
  EXPECT_EQ(eval("'b' > 'A'"), "true");
  EXPECT_EQ(eval("2 >= '2'"), "true");
  EXPECT_EQ(eval("'x' < 1"), "false");
  EXPECT_EQ(eval("null <= null"), "true");
}

TEST(Evaluate, ComparesArraysAndObjectsByIdentity) {
  const JsonContexts contexts(R"({"event":{"a":[1],"b":[1]}})");
  EXPECT_EQ(eval("event.a == event.a", contexts), "true");
  EXPECT_EQ(eval("event.a == event.b", contexts), "false");
  EXPECT_EQ(eval("event.a == null", contexts), "false");
}

TEST(Evaluate, AsksTheContextsForStatus) {
  JsonContexts contexts("{}");
  contexts.holding = StatusFunction::failure;
  EXPECT_EQ(eval("failure()", contexts), "true");
  EXPECT_EQ(eval("success() || always() || cancelled()", contexts), "false");
}

TEST(Evaluate, FollowsWhatAGroupGives) {
  EXPECT_EQ(eval("(inputs.x || event).n", JsonContexts(R"({"event":{"n":5}})")), "5");
  EXPECT_EQ(eval("('text').length"), "null");
}

TEST(Evaluate, HasNoValueForASecret) {
  EXPECT_EQ(eval("secrets.X"),
            "failed: column 1 of secrets.X: secrets.X has no value here: only the worker knows it");
}

TEST(Evaluate, SaysWhereItFailed) {
  EXPECT_EQ(eval("1 == length(12)"),
            "failed: column 6 of 1 == length(12): length() is of a text, a list or an object; found 12");
  EXPECT_EQ(eval("length('a') && case('b', 1, 2)"),
            "failed: column 16 of length('a') && case('b', 1, 2): "
            "case(): a condition is neither true nor false: b");
  EXPECT_EQ(eval("  length(12)\n"),
            "failed: column 1 of length(12): length() is of a text, a list or an object; found 12");
  const std::string long_one = eval("length(12) == '" + std::string(200, 'x') + "'");
  EXPECT_TRUE(long_one.contains("xxx…: length() is of")) << long_one;
}

TEST(Evaluate, PutsThePlaceApartForWhoAsks) {
  const auto parsed = parse_expression("event.a ||  fromJSON('{')");
  std::size_t column = 0;
  const auto value = evaluate(*parsed, JsonContexts("{}"), &column);
  ASSERT_FALSE(value);
  EXPECT_EQ(column, 13U);
  EXPECT_TRUE(value.error().message.starts_with("fromJSON(): ")) << value.error().message;
}

TEST(Holds, IsTheTruthOfTheValue) {
  const JsonContexts contexts(R"({"event":{"labels":[]}})");
  EXPECT_TRUE(*holds(*parse_expression("event.labels"), contexts));
  EXPECT_FALSE(*holds(*parse_expression("event.none"), contexts));
}

TEST(Evaluate, FindsStepsByKeyWithoutCaseWhereThatNamesOne) {
  const JsonContexts contexts(
      R"({"steps":{"a":{"result":1},"b":{"result":2},"B":{"result":3},"ä":{"result":4}}})");
  EXPECT_EQ(eval("steps.A.RESULT", contexts), "1");
  EXPECT_EQ(eval("Steps['A']['Result']", contexts), "1");
  EXPECT_EQ(eval("steps.B.result", contexts), "3") << "the key itself comes first";
  EXPECT_EQ(eval("steps['Ä'].result", contexts), "4");
  const JsonContexts two(R"({"steps":{"bb":{"result":2},"BB":{"result":3}}})");
  EXPECT_EQ(eval("steps.Bb.result", two), "null") << "it could be either";
}

}  // namespace
}  // namespace callboard::expression
