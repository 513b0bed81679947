#include <gtest/gtest.h>

#include "shared/value/write.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {
namespace {

std::string json_of(std::string_view yaml) {
  const auto tree = read_yaml(yaml);
  return tree ? write_json(to_value(*tree)) : to_string(tree.error().problems.front(), "y");
}

TEST(ReadYaml, TakesPlainScalarsByYaml12sCoreSchema) {
  EXPECT_EQ(json_of("[true, False, yes, no, on, off, y, TRUE]"),
            R"([true,false,"yes","no","on","off","y",true])");
  EXPECT_EQ(json_of("[null, ~, Null, '', ]"), R"([null,null,null,""])");
  EXPECT_EQ(json_of("[1, -2, +3, 007, 0o17, 0xff, 1_000]"), R"([1,-2,3,7,15,255,"1_000"])");
  EXPECT_EQ(json_of("[1.5, -.5, 2., 1e3, 1.2.3, 12:30, 2026-11-21, '5']"),
            R"([1.5,-0.5,2,1000,"1.2.3","12:30","2026-11-21","5"])");
  EXPECT_EQ(json_of("[18446744073709551615, -9223372036854775808]"),
            "[18446744073709551615,-9223372036854775808]");
}

TEST(ReadYaml, TakesOnAsAKey) {
  EXPECT_EQ(json_of("on: {github: [push]}\n"), R"({"on":{"github":["push"]}})");
}

TEST(ReadYaml, RefusesNumbersThatJsonCantSay) {
  for (const char* yaml :
       {"18446744073709551616", "-9223372036854775809", ".inf", "-.INF", ".nan", "1e999"}) {
    EXPECT_EQ(json_of(yaml), "y:1:1: found " + std::string(yaml) +
                                 ", expected a number that JSON and 64 bits can represent");
  }
}

TEST(ReadYaml, SaysThatAnExpressionWithinBracketsStandsInQuotes) {
  const std::string map = "while parsing a flow mapping: did not find expected ',' or '}'";
  const std::string list = "while parsing a flow sequence: did not find expected ',' or ']'";
  const std::string remedy = ": an expression within { } or [ ] stands in quotes: \"${ … }\"";
  EXPECT_EQ(json_of("params: {x: ${ event.x }}"), "y:1:14: not YAML: " + map + remedy);
  EXPECT_EQ(json_of("a:\n  - {x: ü ${ f('a', 1) }, y: 1}"), "y:2:12: not YAML: " + map + remedy);
  EXPECT_EQ(json_of("[${ event.x }, 2]"), "y:1:3: not YAML: " + list + remedy);
  EXPECT_EQ(json_of("a: [1,\n  ${ event.x },\n  2]"),
            "y:2:4: not YAML: " + list + " of the [ in line 1" + remedy);
  EXPECT_EQ(json_of("a: {b: 1 {c: 2}}").find("quotes"), std::string::npos);
}

TEST(ReadYaml, SaysThatAValueWithAColonStandsInQuotes) {
  const std::string colon = "not YAML: mapping values are not allowed in this context";
  const std::string remedy = " stands in quotes, or on lines of its own behind |";
  EXPECT_EQ(json_of("run: echo \"hi: there\""), "y:1:14: " + colon + ": a value that holds ': '" + remedy);
  EXPECT_EQ(json_of("- run: make all:\n"), "y:1:16: " + colon + ": a value that ends with ':'" + remedy);
  EXPECT_EQ(json_of("a: b\n  c: d\n"), "y:2:4: " + colon) << "which is one of indentation";
  EXPECT_EQ(json_of("a: \"b\": d\n"), "y:1:7: " + colon);
}

TEST(ReadYaml, SaysHowAQuoteStandsWithinQuotes) {
  const std::string key = "not YAML: while parsing a block mapping: did not find expected key";
  const std::string in_double = ": a \" within double quotes ends them: ";
  const std::string of_expression = in_double + "write the strings of an expression in single quotes";
  EXPECT_EQ(json_of("a: \"${ format('{0}', \"x\") }\"\nb: 1"), "y:1:23: " + key + of_expression);
  EXPECT_EQ(json_of("a: \"${ x == \"\" }\""), "y:1:14: " + key + of_expression);
  EXPECT_EQ(json_of("a: \"say \"hi\" now\""), "y:1:10: " + key + in_double + "write \\\" for it");
  const std::string in_single =
      ": a ' within single quotes ends them: write '' for it, or put the value in double quotes";
  EXPECT_EQ(json_of("a: 'it's'\nb: 'x'"), "y:1:8: " + key + in_single);
  EXPECT_EQ(json_of("['it's']"),
            "y:1:6: not YAML: while parsing a flow sequence: did not find expected ',' or ']'" + in_single);
  EXPECT_EQ(json_of("a: \"b\" c"), "y:1:8: " + key);
}

TEST(ReadYaml, CopiesAliases) {
  EXPECT_EQ(json_of("a: &x {n: 1}\nb: [*x, *x]\n"), R"({"a":{"n":1},"b":[{"n":1},{"n":1}]})");
}

TEST(ReadYaml, TakesTheLatestAnchorOfAName) { EXPECT_EQ(json_of("[&a 1, *a, &a 2, *a]"), "[1,1,2,2]"); }

TEST(ReadYaml, BoundsTheDepthOfAliasesToo) {
  std::string yaml = "l0: &l0 [x]\n";
  for (int i = 1; i < 60; ++i)
    yaml += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [*l" + std::to_string(i - 1) + "]\n";
  EXPECT_NE(json_of(yaml).find("the file nests deeper than 40 levels"), std::string::npos);
}

TEST(ReadYaml, TellsWhereEverythingStands) {
  const auto tree = read_yaml("a: 1\nsteps:\n  - key: ü\n    b: 'x'\n");
  ASSERT_TRUE(tree);
  const Node& step = tree->find("steps")->children[0];
  EXPECT_EQ(step.at, (Position{3, 5}));
  EXPECT_EQ(step.find("b")->key_at, (Position{4, 5}));
  EXPECT_EQ(step.find("b")->at, (Position{4, 8}));
  EXPECT_EQ(step.find("b")->end, (Position{4, 11}));
}

TEST(WriteCanonical, IsThatOfTheValue) {
  for (const char* yaml : {"{b: {y: 1.5, x: [~, true, -2]}, a: \"q\\\"\\n\", é: [], \"Z\": {}}",
                           "[1, [2, {}]]", "text", "18446744073709551615", "1e300"}) {
    const auto tree = read_yaml(yaml);
    ASSERT_TRUE(tree) << yaml;
    EXPECT_EQ(write_canonical(*tree), callboard::write_canonical(to_value(*tree))) << yaml;
  }
}

TEST(ReadYaml, RefusesKeysThatAreNoNames) {
  EXPECT_EQ(json_of("{[a]: 1}"), "y:1:2: found a list or map as a key, expected a name");
  EXPECT_EQ(json_of("'': 1"), "y:1:1: found an empty key, expected a name");
  EXPECT_EQ(json_of("a: &x b\n*x : 1\n"), "y:2:1: found an alias as a key, expected a name");
}

TEST(Locate, FindsAPlaceInsideAText) {
  const std::string file = "a: \"x ${ b }\"\n";
  const auto tree = read_yaml(file);
  ASSERT_TRUE(tree);
  const Node& text = *tree->find("a");
  EXPECT_EQ(locate(file, text, text.text.find('b')), (Position{1, 10}));
}

TEST(Locate, PassesWhatStandsBeforeTheValue) {
  for (const std::string_view header :
       {"|", ">-", "|2- # ${ no }", "&x |", "&x >-  # text", "&long", "&x\n  "}) {
    const std::string file = "a: " + std::string(header) + "\n  one && two ||\n  three\n";
    const auto tree = read_yaml(file);
    ASSERT_TRUE(tree) << header;
    const Node& text = *tree->find("a");
    const int line = header.ends_with("\n  ") ? 3 : 2;
    EXPECT_EQ(locate(file, text, 0), (Position{line, 3})) << header;
    EXPECT_EQ(locate(file, text, text.text.find("two")), (Position{line, 10})) << header;
    EXPECT_EQ(locate(file, text, text.text.find("three")), (Position{line + 1, 3})) << header;
  }
}

TEST(ReadYaml, PassesAByteOrderMark) {
  EXPECT_EQ(json_of("\xef\xbb\xbf"
                    "a: 1\nb: 2\n"),
            R"({"a":1,"b":2})");
  EXPECT_EQ(json_of("\xef\xbb\xbf"
                    "a: *x\n"),
            "y:1:4: found the alias *x, but no finished anchor &x before it: a value that begins with * "
            "stands in quotes");
}

TEST(ReadYaml, TellsThatAValueWhichBeginsWithASignOfYamlStandsInQuotes) {
  const auto ends = [](std::string_view yaml, const std::string& place, const std::string& end) {
    const std::string out = json_of(yaml);
    EXPECT_TRUE(out.starts_with("y:" + place + ": ") && out.ends_with(end)) << yaml << "\n" << out;
  };
  const std::string quoted = " stands in quotes";
  const std::string negation =
      ": a value that begins with ! stands in quotes, or as \"${ !… }\" where it is an expression";
  ends("ü: {if: !startsWith(event.ref, 'x')}", "1:9", negation);
  for (const std::string_view value : {"!cancelled()", "!event.draft", "! event.draft", "!a!b", "!<a"})
    ends("if: " + std::string(value) + "\n", "1:5", negation);
  for (const std::string_view value : {"**", "*.js", "*/x", "*", "*x"})
    ends("paths: [" + std::string(value) + "]", "1:9", ": a value that begins with *" + quoted);
  ends("a: &&foo", "1:4", ": a value that begins with &" + quoted);
  ends("a: @foo", "1:4", ": a value that begins with @" + quoted);
  ends("a: [é, `foo`]", "1:8", ": a value that begins with `" + quoted);
  ends("a: %foo", "1:4", ": a value that begins with %" + quoted);
  ends("a: !!str foo", "1:4", "found the tag tag:yaml.org,2002:str: tags are not supported");
  ends("a: [1\n  b: 2]\n", "2:4", "did not find expected ',' or ']' of the [ in line 1");
  ends("a: \"\\q\"", "1:5", "found unknown escape character");
}

}  // namespace
}  // namespace callboard::workflow
