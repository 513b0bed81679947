#include <gtest/gtest.h>

#include <string>

#include "shared/base/limits.hpp"
#include "shared/expression/expression.hpp"

namespace callboard::expression {
namespace {

using Strings = std::vector<std::string>;

struct Refused {
  std::string message;
  std::size_t column = 0;
};

Refused refuse(std::string_view source) {
  Refused out;
  const auto parsed = parse_expression(source, &out.column);
  if (!parsed) out.message = parsed.error().message;
  return out;
}

Reads reads_of(std::string_view source) {
  const auto parsed = parse_expression(source);
  EXPECT_TRUE(parsed) << source << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->reads() : Reads();
}

TEST(ParseExpression, TellsWhichStepsAreRead) {
  const Reads reads =
      reads_of("steps.lint.result.files > 0 && steps['unit-test'].status == 'failed' || steps.lint.error");
  EXPECT_EQ(reads.steps, (Strings{"lint", "unit-test"}));
  EXPECT_FALSE(reads.all_steps);
}

TEST(ParseExpression, TellsStepsByNumberFromComputedOnes) {
  EXPECT_EQ(reads_of("steps[2].result").numbers, std::vector<std::size_t>{2});
  EXPECT_FALSE(reads_of("steps[2].result").all_steps);
  EXPECT_TRUE(reads_of("steps[inputs.n].result").all_steps);
}

TEST(ParseExpression, TellsWhichContextsAreRead) {
  EXPECT_TRUE(reads_of("event.action").event);
  EXPECT_TRUE(reads_of("INPUTS.x").inputs);
  EXPECT_TRUE(reads_of("vars.region").vars);
  EXPECT_TRUE(reads_of("run.id").run);
  EXPECT_TRUE(reads_of("!Failure()").status_function);
  EXPECT_FALSE(reads_of("'event.x'").event);
}

TEST(ParseExpression, ReadsTheEventAndInputsOfARunAsThoseContexts) {
  EXPECT_TRUE(reads_of("run.event.number").event);
  EXPECT_FALSE(reads_of("run.event.number").run);
  EXPECT_TRUE(reads_of("run.inputs.x").inputs);
}

TEST(ParseExpression, TellsWhereAStepIsNamedAndWhatIsAskedOfIt) {
  const auto parsed = parse_expression("1 == steps.a.result && steps[steps.b.status] == steps.c");
  ASSERT_TRUE(parsed);
  const auto& references = parsed->step_references();
  ASSERT_EQ(references.size(), 4u);
  EXPECT_EQ(references[0].key, "a");
  EXPECT_EQ(references[0].property, "result");
  EXPECT_EQ(references[0].column, 6u);
  EXPECT_EQ(references[1].key, "b");
  EXPECT_EQ(references[1].property, "status");
  EXPECT_EQ(references[2].key, "");
  EXPECT_EQ(references[3].key, "c");
  EXPECT_EQ(references[3].property, "");
}

TEST(ParseExpression, TakesASecretOnlyAlone) {
  EXPECT_EQ(reads_of("secrets.TOKEN").secrets, Strings{"TOKEN"});
  EXPECT_EQ(reads_of("secrets['TOKEN']").secrets, Strings{"TOKEN"});
  const Refused compared = refuse("'a' == secrets.TOKEN");
  EXPECT_EQ(compared.message,
            "secrets.TOKEN may only stand alone in ${ … }: its value is known to the worker only");
  EXPECT_EQ(compared.column, 8u);
  EXPECT_NE(refuse("secrets.A.length").message, "");
  EXPECT_EQ(refuse("secrets[event.name]").message, "a secret's name can't be computed: secrets.<NAME>");
  EXPECT_EQ(refuse("secrets").message, "expected a name behind 'secrets': secrets.<NAME>");
}

TEST(ParseExpression, CountsTheArgumentsOfAFunction) {
  const Refused refused = refuse("true && contains(event.labels)");
  EXPECT_EQ(refused.message, "contains() takes 2 arguments, found 1");
  EXPECT_EQ(refused.column, 9u);
  EXPECT_EQ(refuse("toJson(event, 1)").message, "toJSON() takes 1 argument, found 2");
  EXPECT_EQ(refuse("join()").message, "join() takes 1 or 2 arguments, found 0");
  EXPECT_EQ(refuse("format()").message, "format() takes 1 to 255 arguments, found 0");
  EXPECT_EQ(refuse("now(1)").message, "now() takes no arguments, found 1");
  EXPECT_EQ(refuse("case(true, 1, false, 2)").message,
            "case() takes an odd number of arguments, 3 at least, found 4");
  EXPECT_EQ(refuse("contains('a' 'b')").message, "expected ',' or ')', found 'b'");
  EXPECT_EQ(refuse("contains('a', 'b',)").message, "expected an operand, found ')'");
  EXPECT_EQ(refuse("length(,)").message, "expected an operand, found ','");
}

TEST(ParseExpression, TellsWhetherTheTimeIsRead) {
  EXPECT_TRUE(reads_of("contains(now(), '2026')").now);
  EXPECT_FALSE(reads_of("contains('now()', '2026')").now);
}

TEST(ParseExpression, AFilterOverTheStepsReadsAllOfThem) {
  EXPECT_TRUE(reads_of("contains(steps.*.status, 'failed')").all_steps);
  EXPECT_EQ(refuse("steps.*.reslt.x").message, "");
}

TEST(ParseExpression, TakesContextsBesideThoseOfWorkflows) {
  const std::vector<std::string> more = {"GitHub", "steps"};
  std::size_t column = 0;
  EXPECT_TRUE(parse_expression("github.ref == steps", &column, more));
  EXPECT_FALSE(parse_expression("github.ref == matrix.os", &column, more));
  EXPECT_EQ(column, 15u);
}

TEST(ParseExpression, SuggestsTheNearestName) {
  EXPECT_EQ(refuse("evnt.action").message, "unknown context 'evnt': did you mean 'event'?");
  EXPECT_EQ(refuse("sucess()").message, "unknown function 'sucess': did you mean 'success'?");
  EXPECT_EQ(
      refuse("github.ref").message,
      "unknown context 'github': write event, the payload of the event (event.repository.full_name), or run");
  EXPECT_EQ(refuse("matrix.os").message, "unknown context 'matrix': write item, in a step with forEach");
  EXPECT_EQ(refuse("nothing.x").message,
            "unknown context 'nothing', expected event, inputs, steps, run, vars, secrets, item, index");
}

TEST(ParseExpression, SaysWhatWasFoundAndWhere) {
  struct Case {
    const char* source;
    const char* message;
    std::size_t column;
  };
  const Case cases[] = {
      {"", "the expression is empty", 1},
      {"  ", "the expression is empty", 3},
      {"1 + 2", "unexpected '+': expressions have no arithmetic", 3},
      {"event.", "expected a name behind '.', found the end", 6},
      {"(event.a", "expected ')', found the end", 8},
      {"event[1", "expected ']', found the end", 7},
      {"1 == ", "an operand is missing at the end", 3},
      {"1 == 2 $x", "unexpected '$x'", 8},
      {"event$a.b", "unexpected 'event$a'", 1},
      {"'a'.b", "unexpected '.'", 4},
      {"== 1", "expected an operand, found '=='", 1},
      {"'abc", "a string without its closing quote (')", 1},
      {"event.a \"x\"", "a string stands in single quotes ('…'), found \"", 9},
      {"1-2", "'1-2' is not a number", 1},
      {"event event", "unexpected 'event'", 7},
      {"event.a = 1", "unexpected '=': to compare, write ==", 9},
      {"1 & 2", "unexpected '&': write && for both", 3},
      {"True", "unknown context 'True': did you mean true?", 1},
      {"success && 1", "unknown context 'success': did you mean success()?", 1},
      {"length == 1", "unknown context 'length': did you mean length(…)?", 1},
      {"success(1)", "success() takes no arguments, found '1'", 9},
      {"steps == 1", "expected a step behind 'steps': steps.<key> or steps[<number>]", 1},
  };
  for (const Case& c : cases) {
    const Refused refused = refuse(c.source);
    EXPECT_EQ(refused.message, c.message) << c.source;
    EXPECT_EQ(refused.column, c.column) << c.source;
  }
}

TEST(ParseExpression, IsBoundedInLengthAndDepth) {
  EXPECT_EQ(parse_expression(std::string(limits::kExpressionBytes + 1, '1')).error().code,
            ErrorCode::too_large);
  const std::size_t deep = limits::kExpressionDepth + 1;
  for (const std::string& source : {std::string(deep, '!') + "1",
                                    [&] {
                                      std::string nested = "event";
                                      for (std::size_t i = 0; i < deep; ++i) nested = "event[" + nested + "]";
                                      return nested;
                                    }(),
                                    [&] {
                                      std::string chain = "1";
                                      for (std::size_t i = 0; i < deep; ++i) chain += " == 1";
                                      return chain;
                                    }()}) {
    EXPECT_EQ(refuse(source).message, "the expression nests deeper than 50 levels") << source;
  }
}

TEST(ParseExpression, CountsParenthesesAsNoLevel) {
  const auto in_groups = [](std::size_t count, const std::string& open, const std::string& inner) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += open;
    return out + inner + std::string(count, ')');
  };
  EXPECT_TRUE(parse_expression(in_groups(limits::kExpressionGroups, "(", "1")));
  EXPECT_TRUE(parse_expression(in_groups(limits::kExpressionGroups, "1 && (", "1")));
  EXPECT_TRUE(parse_expression(in_groups(limits::kExpressionDepth - 1, "!(", "1")));
  EXPECT_EQ(refuse(in_groups(limits::kExpressionGroups + 1, "(", "1")).message,
            "more than 500 pairs of parentheses stand within each other");
  EXPECT_EQ(refuse(in_groups(limits::kExpressionDepth, "1 && (1 || (", "1") +
                   std::string(limits::kExpressionDepth, ')'))
                .message,
            "the expression nests deeper than 50 levels");
}

TEST(ParseExpression, TakesTheWhiteSpaceThatActionsTakes) {
  for (const char* source : {"1\u00a0== 1", "\u3000event", "event\f== 1", "\vevent", "event\u0085"})
    EXPECT_TRUE(parse_expression(source)) << source;
  EXPECT_EQ(refuse("event\u200b").message, "unexpected 'event\u200b'");
}

TEST(ParseExpression, CountsEachAccessAsALevel) {
  std::string path = "event";
  for (std::size_t i = 1; i < limits::kExpressionDepth; ++i) path += i % 2 == 0 ? ".a" : "[*]";
  EXPECT_TRUE(parse_expression(path));
  EXPECT_EQ(refuse(path + ".a").message, "the expression nests deeper than 50 levels");
}

TEST(ParseExpression, TakesLongChainsWithoutDepth) {
  std::string any = "event.a";
  for (int i = 0; i < 500; ++i) any += " || event.a";
  EXPECT_TRUE(parse_expression(any));
}

}  // namespace
}  // namespace callboard::expression
