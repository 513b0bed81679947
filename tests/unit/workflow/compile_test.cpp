#include <gtest/gtest.h>

#include "shared/base/time.hpp"
#include "shared/workflow/schema.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kReview = R"(
name: Review pull request!
version: 1.2.0
description: Looks at a pull request.
labels: {team: core, pr: "#${event.number}", size: 5}
on:
  github: {events: [pull_request.opened], if: "${ event.number > 1 }"}
  linear: [Issue.create]
  manual: true
inputs:
  component: {type: string, required: true, enum: [core, web], description: Which part.}
timeout: 2h
steps:
  - key: look
    type: echo
    params: {number: "${ event.number }"}
outputs: {seen: "${ steps.look.result.number }"}
)";

TEST(Compile, TakesEverythingAFileSays) {
  const Compiled out = compiled(kReview);
  EXPECT_EQ(out.graph.name, "Review pull request!");
  EXPECT_EQ(out.graph.slug, "review-pull-request");
  EXPECT_EQ(out.graph.version, "1.2.0");
  EXPECT_EQ(out.description, "Looks at a pull request.");
  EXPECT_EQ(out.graph.timeout, Micros(2h));
  EXPECT_EQ(out.body, kReview);
  EXPECT_TRUE(out.triggers.manual);
  ASSERT_EQ(out.triggers.events.size(), 2u);
  EXPECT_EQ(out.triggers.events[0].source, "github");
  EXPECT_TRUE(out.triggers.events[0].condition);
  ASSERT_EQ(out.inputs.size(), 1u);
  EXPECT_EQ(out.inputs[0].name, "component");
  EXPECT_TRUE(out.inputs[0].required);
  ASSERT_EQ(out.graph.labels.size(), 3u);
  EXPECT_TRUE(out.graph.labels[0].text.is_constant());
  EXPECT_FALSE(out.graph.labels[1].text.is_constant());
  EXPECT_EQ(out.graph.labels[2].text.parts[0].text, "5");
  EXPECT_EQ(out.graph.outputs.reads().steps, std::vector<std::string>{"look"});
}

TEST(Compile, TellsWhetherTheEventIsRead) {
  EXPECT_TRUE(compiled(kReview).graph.reads_event);
  EXPECT_FALSE(compiled("name: w\nsteps: [{type: noop}]\n").graph.reads_event);
  EXPECT_TRUE(compiled("name: w\nsteps: [{type: noop, if: event.x}]\n").graph.reads_event);
  EXPECT_TRUE(compiled("name: w\nsteps: [{type: noop}]\noutputs: {x: '${run.event.x}'}\n").graph.reads_event);
}

TEST(Compile, ReadsWhoMayRunBesideWhom) {
  const run::Graph bare = compiled("name: w\nconcurrency: deploys\nsteps: [{type: noop}]\n").graph;
  ASSERT_TRUE(bare.concurrency);
  EXPECT_TRUE(bare.concurrency->group.is_constant());
  EXPECT_EQ(bare.concurrency->limit, 1u);
  EXPECT_EQ(bare.concurrency->on_excess, run::OnExcess::queue);
  EXPECT_EQ(bare.concurrency->timeout, limits::kPlaceTimeout);
  EXPECT_FALSE(bare.reads_event);

  const run::Graph full = compiled(R"(
name: w
concurrency: {group: "${ event.repository.full_name }", limit: 3, onExcess: replace, timeout: 2h}
steps: [{type: noop}]
)")
                              .graph;
  EXPECT_EQ(full.concurrency->limit, 3u);
  EXPECT_EQ(full.concurrency->on_excess, run::OnExcess::replace);
  EXPECT_EQ(full.concurrency->timeout, Micros(2h));
  EXPECT_TRUE(full.reads_event) << "it must be at hand when a run is made";
}

TEST(Compile, ReadsHowManyRunsMayBeginInATime) {
  const run::Graph bare = compiled("name: w\nthrottle: {limit: 10, per: 1m}\nsteps: [{type: noop}]\n").graph;
  ASSERT_TRUE(bare.throttle);
  EXPECT_FALSE(bare.throttle->key);
  EXPECT_EQ(bare.throttle->limit, 10u);
  EXPECT_EQ(bare.throttle->per, Micros(1min));
  const run::Graph keyed =
      compiled(
          "name: w\nthrottle: {key: \"${ event.repository.full_name }\", limit: 1, per: 1h}\nsteps: [{type: "
          "noop}]\n")
          .graph;
  EXPECT_TRUE(keyed.throttle->key);
  EXPECT_TRUE(keyed.reads_event) << "it must be at hand when a run is made";
}

TEST(Compile, AStepsThrottleReadsWhatItsParamsSeeAndItTravelsAlone) {
  const run::Graph graph = compiled(R"(
name: w
steps:
  - {key: a, type: noop}
  - {key: b, type: noop, forEach: [1, 2], throttle: {key: "${ steps.a.result }-${ item }", limit: 50, per: 1m}}
  - {key: c, type: noop, dependsOn: [b], throttle: {limit: 1, per: 1s}}
  - {key: d, type: noop, dependsOn: [c]}
)")
                               .graph;
  EXPECT_EQ(graph.steps[1].depends_on, std::vector<run::StepIndex>{0});
  ASSERT_TRUE(graph.steps[1].throttle && graph.bodies[0].throttle);
  EXPECT_EQ(graph.steps[1].throttle->limit, 50u);
  EXPECT_FALSE(graph.steps[2].throttle->key);
  EXPECT_EQ(graph.steps[2].next_in_line, run::kNoStep);
}

TEST(Compile, AGroupReadsNoStepAndNoSecret) {
  EXPECT_EQ(
      problems(
          "name: w\nconcurrency: \"${ steps.a.result }${ secrets.X }\"\nsteps: [{key: a, type: noop}]\n"),
      "w:2:18: concurrency: steps can't be read in concurrency.group\n"
      "w:2:37: concurrency: secrets can't be read in concurrency.group\n");
}

TEST(Compile, HashesTheContentAndNotItsFormatting) {
  const std::string yaml = "# a comment\nname: w\nsteps:\n  - {type: echo, params: {b: 1, a: [x, true]}}\n";
  const std::string other =
      "steps:\n- params:\n    a: ['x', true]\n    \"b\": 1\n  type: echo\nname: \"w\"\n";
  const std::string json = R"({"name":"w","steps":[{"type":"echo","params":{"a":["x",true],"b":1}}]})";
  const std::string changed = "name: w\nsteps:\n  - {type: echo, params: {b: 2, a: [x, true]}}\n";
  EXPECT_EQ(compiled(yaml).graph.hash, compiled(other).graph.hash);
  EXPECT_EQ(compiled(yaml).graph.hash, compiled(json).graph.hash);
  EXPECT_NE(compiled(yaml).graph.hash, compiled(changed).graph.hash);
  EXPECT_EQ(compiled(yaml).graph.hash.size(), 64u);
}

TEST(Compile, LinksTheGraph) {
  const Compiled out =
      compiled("name: w\nsteps: [{key: a, type: noop}, {key: b, type: noop, dependsOn: [a]}]\n");
  EXPECT_EQ(out.graph.find("b"), 1u);
  EXPECT_EQ(out.graph.steps[0].dependents, std::vector<run::StepIndex>{1});
  EXPECT_EQ(out.graph.steps[0].next_in_line, 1u);
  const auto apart = compile("name: w\nsteps: [{type: noop}, {type: noop}]\n", Format::yaml, false);
  ASSERT_TRUE(apart);
  EXPECT_EQ(apart->graph.steps[0].next_in_line, run::kNoStep);
}

TEST(Compile, ReadsJsonByItsFirstCharacter) {
  EXPECT_EQ(compiled(" \n{\"name\": \"w\", \"steps\": [{\"type\": \"noop\"}]}").graph.slug, "w");
  EXPECT_EQ(problems("{name: w, steps: [{type: noop}]}"),
            "w:1:2: not JSON: found 'n', expected a key in quotes\n");
  EXPECT_EQ(problems("{name: w, steps: [{type: noop}]}", Format::yaml), "");
}

TEST(Compile, MakesASlugOfTheName) {
  const auto slug = [](std::string_view name) {
    return compiled("name: \"" + std::string(name) + "\"\nsteps: [{type: noop}]\n").graph.slug;
  };
  EXPECT_EQ(slug("  Nightly -- Build (v2.0) "), "nightly-build-v2.0");
  EXPECT_EQ(slug("Überprüfung"), "berpr-fung");
  EXPECT_EQ(slug(std::string(100, 'a')), std::string(63, 'a'));
  EXPECT_EQ(
      problems("name: \"!!!\"\nsteps: [{type: noop}]\n"),
      "w:1:7: name: found text \"!!!\", expected a letter or digit in it: its slug names the workflow\n");
  EXPECT_EQ(problems("name: " + std::string(101, 'a') + "\nsteps: [{type: noop}]\n"),
            "w:1:7: name: found 101 characters, expected at most 100\n");
}

TEST(WorkflowSchema, DescribesEveryFieldAndExecutor) {
  const Value schema = workflow_schema();
  const std::string text = write_json(schema);
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema.at("required"), (Array{"name", "steps"}));
  for (const char* executor : {"noop", "echo", "set", "fail", "sleep", "http", "shell", "provider"}) {
    EXPECT_TRUE(schema.at("$defs").as_object().contains(executor)) << executor;
  }
  const Value& step = schema.at("$defs").at("step");
  EXPECT_TRUE(step.at("properties").as_object().contains("dependsOn"));
  EXPECT_FALSE(step.at("properties").as_object().contains("budget")) << "not supported yet";
  EXPECT_EQ(step.at("anyOf"),
            (Array{Object{{"required", Array{"type"}}}, Object{{"required", Array{"provider"}}},
                   Object{{"required", Array{"uses"}}}}));
  EXPECT_EQ(schema.at("properties")
                .at("inputs")
                .at("additionalProperties")
                .at("properties")
                .at("type")
                .at("enum")
                .as_array()
                .size(),
            6u);
  EXPECT_EQ(text.find("\"description\":\"\""), std::string::npos) << "every field says what it is";
}

TEST(Compile, PassesAByteOrderMark) {
  const std::string mark = "\xef\xbb\xbf";
  const std::string yaml = "name: w\nsteps: [{type: noop}]\n";
  EXPECT_EQ(compiled(mark + yaml).graph.hash, compiled(yaml).graph.hash);
  EXPECT_EQ(compiled(mark + yaml).body, mark + yaml);
  EXPECT_TRUE(compile(mark + R"({"name":"w","steps":[{"type":"noop"}]})"));
  EXPECT_EQ(problems(mark + "{name: w, steps: [{type: noop, if: a}]}\n", Format::yaml),
            problems("{name: w, steps: [{type: noop, if: a}]}\n", Format::yaml));
}

}  // namespace
}  // namespace callboard::workflow
