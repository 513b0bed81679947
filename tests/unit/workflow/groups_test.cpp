#include <gtest/gtest.h>

#include <algorithm>

#include "shared/base/limits.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

constexpr std::string_view kFile = R"(name: w
inputs: {where: {type: string, default: eu}}
groups:
  deploy:
    inputs: {target: {required: true}, n: {type: integer, default: 2}, note: {default: "${ literally }"}}
    steps:
      - {key: push, type: echo, params: {to: "to ${ inputs.target } of ${ run.inputs.where }", n: "${ inputs.n }"}}
      - {key: check, type: http, if: "steps.push.result.n > inputs['n']", params: {url: "${ steps.push.result.to }"},
         undo: {type: noop}}
    outputs: {url: "${ steps.check.result.json.url }"}
steps:
  - {key: first, type: noop}
  - {key: staging, uses: deploy, with: {target: "${ steps.first.result.x }"}, if: inputs.where != ''}
  - {key: last, type: echo, params: {x: "${ steps.staging.result.url } ${ steps[1].status }"}}
)";

std::string order_of(const Compiled& from, std::string_view key) {
  std::string out;
  for (const run::StepIndex index : step(from, key).depends_on)
    out += (out.empty() ? "" : " ") + from.graph.steps[index].key;
  return out;
}

TEST(Groups, StandInTheGraphAsTheirSteps) {
  const Compiled out = compiled(kFile);
  std::string keys;
  for (const run::Step& step : out.graph.steps) keys += step.key + " ";
  EXPECT_EQ(keys, "first staging last staging--with staging--push staging--check staging--undo-check ");
  EXPECT_EQ(order_of(out, "staging--with"), "first");
  EXPECT_EQ(order_of(out, "staging--push"), "staging--with");
  EXPECT_EQ(order_of(out, "staging--check"), "staging--push");
  EXPECT_EQ(order_of(out, "staging"), "staging--with staging--check");
  EXPECT_EQ(order_of(out, "last"), "staging");
  EXPECT_EQ(step(out, "staging--with").condition->source(), "inputs.where != ''");
  EXPECT_FALSE(step(out, "staging").condition);
  EXPECT_EQ(step(out, "staging--check").undo, out.graph.find("staging--undo-check"));
}

TEST(Groups, ReadTheirOwnStepsAndWhatTheyAreGiven) {
  const Compiled out = compiled(kFile);
  EXPECT_EQ(write_json(step(out, "staging--push").params.source()),
            R"({"to":"to ${ steps['staging--with'].result.target } of ${ run.inputs.where }",)"
            R"("n":"${ steps['staging--with'].result.n }"})");
  EXPECT_EQ(step(out, "staging--check").condition->source(),
            "steps.staging--push.result.n > steps['staging--with'].result['n']");
  EXPECT_EQ(write_json(step(out, "staging").params.source()),
            R"({"url":"${ steps.staging--check.result.json.url }"})");
  EXPECT_EQ(write_json(step(out, "staging--with").params.source()),
            R"({"target":"${ steps.first.result.x }","n":2,"note":"$${ literally }"})");
}

TEST(Groups, MayUseGroups) {
  const Compiled out = compiled(R"(name: w
groups:
  inner: {inputs: {x: {}}, steps: [{key: a, type: echo, params: {x: "${ inputs.x }"}}], outputs: {y: "${ steps.a.result.x }"}}
  outer:
    inputs: {z: {}}
    steps: [{key: i, uses: inner, with: {x: "${ inputs.z }"}}, {key: b, type: echo, params: {y: "${ steps.i.result.y }"}}]
    outputs: {b: "${ steps.b.result.y }"}
steps: [{key: o, uses: outer, with: {z: one}}]
outputs: {all: "${ steps.o.result.b }"}
)");
  EXPECT_EQ(order_of(out, "o--i--a"), "o--i--with");
  EXPECT_EQ(order_of(out, "o--i--with"), "o--with");
  EXPECT_EQ(order_of(out, "o--i"), "o--i--with o--i--a");
  EXPECT_EQ(order_of(out, "o--b"), "o--i");
  EXPECT_EQ(order_of(out, "o"), "o--with o--b");
  EXPECT_EQ(step(out, "o--i").group_end, out.graph.find("o"));
  EXPECT_EQ(step(out, "o--i--a").group_end, out.graph.find("o--i"));
}

TEST(Groups, WithoutKeysRunInTheOrderWritten) {
  const Compiled out = compiled(
      "name: w\ngroups: {g: {steps: [{type: noop}, {name: Second one, type: noop}]}}\n"
      "steps: [{type: noop}, {uses: g}, {uses: g}, {type: noop}]\n");
  EXPECT_EQ(order_of(out, "step-2--with"), "step-1");
  EXPECT_EQ(order_of(out, "step-2--second-one"), "step-2--step-1");
  EXPECT_EQ(order_of(out, "step-3--with"), "step-2");
  EXPECT_EQ(order_of(out, "step-4"), "step-3");
}

TEST(Groups, MayEndTheRun) {
  const Compiled out = compiled(R"(name: w
groups:
  inner: {steps: [{type: noop}]}
  tidy:
    inputs: {what: {required: true}}
    steps:
      - {key: remove, type: echo, params: {x: "${ inputs.what }"}}
      - {type: noop, dependsOn: remove}
      - {key: more, uses: inner, dependsOn: remove}
    outputs: {x: "${ steps.remove.result.x }"}
steps:
  - {key: a, type: noop}
  - {key: b, uses: inner}
finally:
  - {uses: tidy, with: {what: "${ steps.a.result }"}}
  - {uses: tidy, with: {what: all}, if: inputs.all}
  - {name: tell, type: echo, params: {x: "${ steps.finally-1.result.x }"}, if: failure()}
)");
  std::string keys;
  for (const run::Step& step : out.graph.steps) keys += step.key + " ";
  EXPECT_EQ(keys,
            "a b b--with b--step-1 finally-1 finally-2 tell finally-1--with finally-1--remove "
            "finally-1--step-2 finally-1--more finally-2--with finally-2--remove finally-2--step-2 "
            "finally-2--more finally-1--more--with finally-1--more--step-1 finally-2--more--with "
            "finally-2--more--step-1 ");
  // the group begins as what stands in finally does
  EXPECT_EQ(order_of(out, "finally-1--with"), "a b");
  EXPECT_EQ(step(out, "finally-1--with").condition->source(), "always()");
  EXPECT_EQ(order_of(out, "finally-2--with"), "finally-1");
  EXPECT_EQ(step(out, "finally-2--with").condition->source(), "always() && (inputs.all)");
  EXPECT_EQ(order_of(out, "tell"), "finally-1 finally-2");
  // and its steps follow it
  for (const char* of : {"finally-1--remove", "finally-1--more--with", "finally-1--more", "finally-1"})
    EXPECT_FALSE(step(out, of).condition) << of;
  EXPECT_EQ(order_of(out, "finally-1--remove"), "finally-1--with");
  EXPECT_EQ(order_of(out, "finally-1--more--with"), "finally-1--remove");
  EXPECT_EQ(order_of(out, "finally-1--more"), "finally-1--more--with finally-1--more--step-1");
  EXPECT_EQ(order_of(out, "finally-1"),
            "finally-1--with finally-1--remove finally-1--step-2 finally-1--more");
  EXPECT_EQ(step(out, "finally-1--more").group_end, out.graph.find("finally-1"));
  EXPECT_EQ(write_json(step(out, "finally-1--remove").params.source()),
            R"({"x":"${ steps['finally-1--with'].result.what }"})");
}

TEST(Groups, ThatEndTheRunCanNotBeUndone) {
  EXPECT_EQ(
      problems("name: w\ngroups: {g: {steps: [{type: noop, undo: {type: noop}}]}}\n"
               "steps: [{type: noop}]\nfinally: [{uses: g}, {type: noop, undo: {type: noop}}]\n"),
      "w:2:35: groups.g.steps[0].undo: undo does not go with steps of finally (finally[0] uses this "
      "group): what is undone is undone before them\n"
      "w:4:35: finally[1].undo: undo does not go with steps of finally: what is undone is undone before "
      "them\n");
}

TEST(Groups, AreBounded) {
  std::string deep = "name: w\nsteps: [{uses: g0}]\ngroups:\n";
  for (std::size_t i = 0; i <= limits::kGroupNesting; ++i)
    deep += "  g" + std::to_string(i) + ": {steps: [{key: x, uses: g" + std::to_string(i + 1) + "}]}\n";
  deep += "  g" + std::to_string(limits::kGroupNesting + 1) + ": {steps: [{type: noop}]}\n";
  EXPECT_NE(problems(deep).find("found groups that nest 9 deep, expected at most 8"), std::string::npos)
      << problems(deep);

  std::string wide = "name: w\nsteps: [{uses: g0}]\ngroups:\n";
  for (int i = 0; i < 6; ++i) {
    wide += "  g" + std::to_string(i) + ": {steps: [";
    for (int k = 0; k < 10; ++k) wide += "{uses: g" + std::to_string(i + 1) + "},";
    wide += "]}\n";
  }
  wide += "  g6: {steps: [{type: noop}]}\n";
  EXPECT_NE(problems(wide).find("steps or more, with those of groups, expected at most 1000"),
            std::string::npos)
      << problems(wide);
}

TEST(Groups, AreOfTheDefinitionAsWritten) {
  const Compiled out = compiled(kFile);
  std::string other(kFile);
  other.replace(other.find("default: 2"), 10, "default: 3");
  EXPECT_NE(out.graph.hash, compiled(other).graph.hash);
}

}  // namespace
}  // namespace callboard::workflow
