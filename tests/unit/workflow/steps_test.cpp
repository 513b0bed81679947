#include <gtest/gtest.h>

#include "shared/base/time.hpp"
#include "tests/unit/workflow/compiled.hpp"

namespace callboard::workflow {
namespace {

using namespace std::chrono_literals;
using Indexes = std::vector<run::StepIndex>;

TEST(Steps, WithoutKeysRunInTheOrderWritten) {
  const Compiled out =
      with_steps("  - {name: Check out, type: noop}\n  - {type: noop}\n  - {name: Check out, type: noop}\n");
  EXPECT_EQ(out.graph.steps[0].key, "check-out");
  EXPECT_EQ(out.graph.steps[1].key, "step-2");
  EXPECT_EQ(out.graph.steps[2].key, "check-out-2");
  EXPECT_EQ(out.graph.steps[1].depends_on, Indexes{0});
  EXPECT_EQ(out.graph.steps[2].depends_on, Indexes{1});
}

TEST(Steps, WithOneKeyAmongThemRunAsAGraph) {
  const Compiled out = with_steps("  - {name: a, type: noop}\n  - {key: b, type: noop}\n");
  EXPECT_EQ(out.graph.steps[0].key, "a");
  EXPECT_TRUE(out.graph.steps[1].depends_on.empty());
}

TEST(Steps, DependOnWhatTheyNameAndWhatTheyRead) {
  const Compiled out = with_steps(
      "  - {key: a, type: noop}\n  - {key: b, type: noop}\n  - {key: c, type: noop}\n"
      "  - {key: d, type: echo, dependsOn: [b], params: {x: '${ steps.a.result }', y: '${ steps.b.status "
      "}'}, if: 'steps[2].result'}\n");
  EXPECT_EQ(step(out, "d").depends_on, (Indexes{0, 1, 2}));
}

TEST(Steps, ThatReadAComputedStepDependOnAllBeforeThem) {
  const Compiled out = with_steps(
      "  - {key: a, type: noop}\n  - {key: b, type: noop}\n  - {key: c, type: echo, params: {x: '${ "
      "steps[inputs.n].result }'}}\n"
      "  - {key: d, type: noop}\n");
  EXPECT_EQ(step(out, "c").depends_on, (Indexes{0, 1}));
}

TEST(Steps, TakeOneDependencyAsText) {
  EXPECT_EQ(
      step(with_steps("  - {key: a, type: noop}\n  - {key: b, type: noop, dependsOn: a}\n"), "b").depends_on,
      Indexes{0});
}

TEST(Steps, AnEmptyListOfDependenciesIsAnOrderToo) {
  const Compiled out = with_steps("  - {type: noop}\n  - {type: noop, dependsOn: []}\n");
  EXPECT_TRUE(out.graph.steps[1].depends_on.empty());
}

TEST(Steps, TakeDefaultsWhereTheyDontSay) {
  const Compiled out = compiled(
      "name: w\ndefaults: {timeout: 1m, retry: {maxAttempts: 4, jitter: 0}}\nsteps:\n"
      "  - {key: a, type: noop}\n  - {key: b, type: noop, timeout: 5s, retry: {maxAttempts: 2, on: [network, "
      "quota]}}\n");
  EXPECT_EQ(step(out, "a").timeout, Micros(1min));
  EXPECT_EQ(step(out, "a").retry.max_attempts, 4u);
  EXPECT_EQ(step(out, "a").retry.classes, run::default_retry_classes());
  EXPECT_EQ(step(out, "b").timeout, Micros(5s));
  EXPECT_EQ(step(out, "b").retry.max_attempts, 2u);
  EXPECT_EQ(step(out, "b").retry.jitter, 0);
  EXPECT_TRUE(step(out, "b").retry.covers(run::ErrorClass::quota));
  EXPECT_FALSE(step(out, "b").retry.covers(run::ErrorClass::timeout));
}

TEST(Steps, HaveOneAttemptWithoutRetry) {
  const Compiled out =
      with_steps("  - {key: a, type: noop}\n  - {key: b, type: noop, retry: {on: [exit]}}\n");
  EXPECT_EQ(step(out, "a").retry.max_attempts, 1u);
  EXPECT_EQ(step(out, "b").retry.max_attempts, 3u);
}

TEST(Steps, SayHowTheyAreExecuted) {
  const Compiled out = with_steps(
      "  - {key: a, type: noop, queueTimeout: 1m, continueOnError: true, runsOn: gpu, priority: -5}\n"
      "  - {key: b, type: noop, runsOn: [linux]}\n"
      "  - {key: c, type: noop, runsOn: [linux, gpu]}\n");
  EXPECT_EQ(step(out, "a").queue_timeout, Micros(1min));
  EXPECT_TRUE(step(out, "a").continue_on_error);
  EXPECT_EQ(step(out, "a").pool, "gpu");
  EXPECT_EQ(step(out, "a").priority, -5);
  EXPECT_FALSE(step(out, "a").held);
  EXPECT_EQ(step(out, "b").pool, "linux");
  EXPECT_EQ(step(out, "c").pool, "gpu+linux");
}

TEST(Steps, MayBeSilentForSoLongWhereTheyCanShowLife) {
  const Compiled out = with_steps(
      "  - {key: a, type: shell, idleTimeout: 30s, params: {run: make}}\n"
      "  - {key: b, type: http, idleTimeout: 5s, params: {url: 'http://x'}}\n");
  EXPECT_EQ(step(out, "a").idle_timeout, Micros(30s));
  EXPECT_EQ(step(out, "b").idle_timeout, Micros(5s));
}

TEST(Steps, OfHttpHaveTheEffectOfTheirMethod) {
  const auto effect = [](const std::string& rest) {
    return with_steps("  - {type: http, params: {url: 'http://x', " + rest + "}}\n").graph.steps[0].effect;
  };
  EXPECT_EQ(effect(""), run::Effect::idempotent);
  EXPECT_EQ(effect("method: DELETE"), run::Effect::idempotent);
  EXPECT_EQ(effect("method: POST"), run::Effect::once);
  EXPECT_EQ(effect("method: PATCH"), run::Effect::once);
  EXPECT_EQ(effect("method: '${ inputs.m }'"), run::Effect::once);
}

TEST(Steps, MaySayTheirEffectThemselves) {
  const Compiled out =
      with_steps("  - {type: http, effect: idempotent, params: {url: 'http://x', method: POST}}\n");
  EXPECT_EQ(out.graph.steps[0].effect, run::Effect::idempotent);
}

TEST(Steps, MayNameAProviderAlone) {
  const Compiled out = with_steps(
      "  - {provider: claude, model: m, params: {prompt: hi}}\n"
      "  - {type: openai, params: {prompt: hi, model: m}}\n"
      "  - {type: provider, params: {provider: ollama, prompt: hi, model: m}}\n");
  EXPECT_EQ(out.graph.steps[0].executor, "provider");
  EXPECT_EQ(write_json(out.graph.steps[0].params.source()),
            R"({"prompt":"hi","provider":"anthropic","model":"m"})");
  EXPECT_EQ(write_json(out.graph.steps[1].params.source()),
            R"({"prompt":"hi","model":"m","provider":"openai"})");
  EXPECT_EQ(out.graph.steps[2].executor, "provider");
}

TEST(Steps, LeaveTheShellItsOwnBraces) {
  const Compiled out = with_steps(
      "  - {type: shell, params: {run: 'echo ${HOME} ${{ run.id }}', env: {A: '${ event.a }'}}}\n");
  EXPECT_TRUE(out.graph.steps[0].params.reads().run);
  EXPECT_TRUE(out.graph.steps[0].params.reads().event);
  const Compiled plain = with_steps("  - {type: shell, params: {run: 'echo ${HOME}'}}\n");
  EXPECT_TRUE(plain.graph.steps[0].params.is_constant());
}

TEST(Steps, TakeConditionsBareInBracesAndAsBooleans) {
  const Compiled out = with_steps(
      "  - {key: a, type: noop, if: event.x == 'y'}\n  - {key: b, type: noop, if: '${ failure() }'}\n"
      "  - {key: c, type: noop, if: false}\n  - {key: d, type: noop, if: ' ${{ always() }} '}\n");
  EXPECT_EQ(step(out, "a").condition->source(), "event.x == 'y'");
  EXPECT_TRUE(step(out, "b").condition->reads().status_function);
  EXPECT_EQ(step(out, "c").condition->source(), "false");
  EXPECT_TRUE(step(out, "d").condition->reads().status_function);
}

TEST(Steps, MayBeWrittenOnceAndReusedByAlias) {
  const Compiled out = compiled(
      "name: w\nsteps:\n  - {key: a, type: echo, params: &p {x: 1}}\n  - {key: b, type: echo, params: *p}\n");
  EXPECT_EQ(step(out, "b").params.constant().json, R"({"x":1})");
}

TEST(Steps, AreNamedWithoutCase) {
  const Compiled out = compiled(R"(
name: w
groups:
  g:
    inputs: {n: {type: integer}}
    steps:
      - {key: Build, type: http, params: {url: x}, retry: {until: steps.BUILD.result.json.ok}}
      - {key: after, type: echo, params: {x: "${ STEPS.build.Result } ${ Inputs.n }"}}
steps:
  - {key: a, type: http, params: {url: x}, retry: {until: STEPS.A.RESULT.done}}
  - {key: b, type: echo, if: "steps.A.Status == 'completed'", params: {x: "${ steps['A'].RESULT } ${ Inputs.A }"}}
  - {key: c, type: noop, dependsOn: B}
  - {key: staging, uses: g, with: {n: 1}}
outputs: {x: "${ steps.Staging.result }"}
)");
  EXPECT_EQ(step(out, "a").until->source(), "STEPS.a.RESULT.done");
  EXPECT_EQ(step(out, "b").condition->reads().steps, std::vector<std::string>{"a"});
  EXPECT_EQ(write_json(step(out, "b").params.source()), R"({"x":"${ steps['a'].RESULT } ${ Inputs.A }"})");
  EXPECT_EQ(step(out, "b").depends_on, std::vector{out.graph.find("a")});
  EXPECT_EQ(step(out, "c").depends_on, std::vector{out.graph.find("b")});
  EXPECT_EQ(step(out, "staging--Build").until->source(), "steps.staging--Build.result.json.ok");
  EXPECT_EQ(write_json(step(out, "staging--after").params.source()),
            R"({"x":"${ STEPS.staging--Build.Result } ${ steps['staging--with'].result.n }"})");
  EXPECT_EQ(out.graph.outputs.reads().steps, std::vector<std::string>{"staging"});
}

TEST(Steps, WhoseKeysDifferInCaseAloneAreNamedExactly) {
  const std::string steps = R"(
steps:
  - {key: ab, type: noop}
  - {key: AB, type: noop}
  - {key: c, type: noop, if: "steps.)";
  EXPECT_EQ(compiled("name: w" + steps + "AB.status\"}\n").graph.steps[2].depends_on,
            std::vector<run::StepIndex>{1});
  EXPECT_EQ(problems("name: w" + steps + "Ab.status\"}\n"),
            "w:5:31: steps[2].if: unknown step 'Ab': did you mean 'ab'?\n");
}

TEST(Steps, TakeAWrittenMapAsItsEntriesInTheOrderWritten) {
  const Compiled out = with_steps(R"(
  - {key: a, type: echo, forEach: {linux: x64, "it's": [1], and: null}, if: item.value, params: {x: "${ item.key }"}}
  - {key: b, type: noop, forEach: {}}
)");
  EXPECT_EQ(step(out, "a").for_each->source(),
            R"([{"key":"linux","value":"x64"},{"key":"it's","value":[1]},{"key":"and","value":null}])");
  EXPECT_EQ(step(out, "b").for_each->source(), "[]");
  EXPECT_EQ(
      problems("name: w\nsteps: [{type: noop, forEach: {a: '${ 1 }'}}]\n"),
      "w:2:31: steps[0].forEach: found an expression among the items, expected one expression that gives the "
      "list: \"${ fromJSON(format('[…]', …)) }\"\n");
}

TEST(Durations, SayTheLimitWhereOnlyTheLengthIsWrong) {
  const auto of = [](const std::string& value) {
    return problems("name: w\nsteps:\n  - {type: sleep, params: {for: " + value + "}}\n");
  };
  const std::string at = "w:3:33: steps[0].params.for: found text ";
  EXPECT_EQ(of("3660d"), "");
  EXPECT_EQ(of("10000d"), at + "\"10000d\", expected a duration of at most 3660d\n");
  EXPECT_EQ(of("3660d1ms"), at + "\"3660d1ms\", expected a duration of at most 3660d\n");
  EXPECT_EQ(of("0s"), at + "\"0s\", expected a duration above 0s\n");
  EXPECT_EQ(
      of("10000"),
      "w:3:33: steps[0].params.for: found number 10000, expected a duration such as 30s, 5m or 1h30m\n");
  EXPECT_EQ(of("5 days"), at + "\"5 days\", expected a duration such as 30s, 5m or 1h30m\n");
  EXPECT_EQ(problems("name: w\nsteps: [{type: noop}]\non: {schedule: [{cron: '@daily', jitter: 1}]}\n"),
            "w:3:42: on.schedule[0].jitter: found number 1, expected a duration such as 30s, 5m or 1h30m\n");
}

}  // namespace
}  // namespace callboard::workflow
