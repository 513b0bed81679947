#include "shared/workflow/inputs.hpp"

#include <gtest/gtest.h>

#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

const std::vector<Input>& declared() {
  static const std::vector<Input> kInputs = compiled(
                                                "name: w\nsteps: [{type: noop}]\ninputs:\n"
                                                "  component: {required: true, enum: [core, web]}\n"
                                                "  count: {type: integer, default: 3}\n"
                                                "  dry: {type: boolean}\n"
                                                "  options: {type: object}\n")
                                                .inputs;
  return kInputs;
}

std::string resolved(std::string_view given) {
  const auto out = resolve_inputs(declared(), given);
  return out ? *out : "refused: " + out.error().message;
}

TEST(ResolveInputs, PutsDefaultsIn) {
  EXPECT_EQ(resolved(R"({"component":"core"})"), R"({"component":"core","count":3})");
  EXPECT_EQ(resolved(R"({"component":"web","count":5,"dry":true,"options":{"a":1}})"),
            R"({"component":"web","count":5,"dry":true,"options":{"a":1}})");
  EXPECT_EQ(resolved(R"({"component":"core","count":1e30})"), R"({"component":"core","count":1e+30})")
      << "whole, and beyond 64 bits";
}

TEST(ResolveInputs, ReadsTextAsTheDeclaredType) {
  EXPECT_EQ(resolved(R"({"component":"web","count":"5","dry":"false","options":"{\"a\":1}"})"),
            R"({"component":"web","count":5,"dry":false,"options":{"a":1}})");
}

TEST(ResolveInputs, SaysEverythingThatIsWrong) {
  EXPECT_EQ(resolved("{}"), "refused: input 'component' is missing, expected one of \"core\", \"web\"");
  EXPECT_EQ(resolved(R"({"component":"cli","count":1.5,"dry":"maybe","componnt":1})"),
            "refused: input 'component': found \"cli\", expected one of \"core\", \"web\"; input 'count': "
            "found 1.5, expected integer; "
            "input 'dry': found \"maybe\", expected boolean; input 'componnt' is unknown: did you mean "
            "'component'?");
  EXPECT_EQ(resolved("[1]"), "refused: found inputs that are no JSON object, expected one");
}

TEST(ResolveInputs, SaysEveryPlaceWhereOneIsNotWhatItsSchemaSays) {
  const auto inputs =
      compiled(
          "name: w\nsteps: [{type: noop}]\ninputs:\n"
          "  tag: {pattern: '^v[0-9]+$'}\n"
          "  count: {type: integer, maximum: 9, default: 3}\n"
          "  list: {type: array, items: {type: string, minLength: 1}, uniqueItems: true}\n"
          "  owner: {schema: {type: object, required: [team], properties: {team: {type: string}}}}\n"
          "  any: {anyOf: [{type: integer}, {type: boolean}]}\n")
          .inputs;
  EXPECT_EQ(*resolve_inputs(
                inputs, std::string_view(R"({"tag":"v1","list":"[\"a\"]","owner":{"team":"x"},"any":"5"})")),
            R"({"tag":"v1","count":3,"list":["a"],"owner":{"team":"x"},"any":5})");
  const auto refused = resolve_inputs(
      inputs,
      std::string_view(R"({"tag":"1","count":"10","list":["a","","a"],"owner":{"team":1},"any":null})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "input 'tag': found \"1\", expected what \"^v[0-9]+$\" matches; "
            "input 'count': found 10, expected at most 9; "
            "input 'list' at /1: found 0 characters, expected at least 1; "
            "input 'list' at /2: found \"a\" again: each item may stand once; "
            "input 'owner' at /team: found 1, expected string; "
            "input 'any': found null, which is none of anyOf");
}

TEST(ResolveInputs, RefusesInputsThatAreNotDeclared) {
  const auto out = resolve_inputs({}, std::string_view(R"({"a":1})"));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "input 'a' is unknown: the workflow takes no inputs");
  EXPECT_EQ(*resolve_inputs({}, std::string_view()), "{}");
}

TEST(ReadInputs, ValuesThatAreNamedNeedNoType) {
  const Compiled out = compiled(
      "name: w\nsteps: [{type: noop}]\noutputs: {x: false}\noutputTypes: {x: {enum: [false]}}\ninputs:\n"
      "  some: {enum: [1, two, null], default: 1}\n"
      "  one: {const: 7}\n");
  EXPECT_EQ(out.inputs[0].type, "");
  EXPECT_EQ(*resolve_inputs(out.inputs, std::string_view(R"({"some":"two","one":"7"})")),
            R"({"some":"two","one":7})");
  EXPECT_EQ(*resolve_inputs(out.inputs, std::string_view(R"({"some":null})")), R"({"some":null})");
  EXPECT_FALSE(resolve_inputs(out.inputs, std::string_view(R"({"some":"three"})")));
}

}  // namespace
}  // namespace callboard::workflow
