#include <gtest/gtest.h>

#include "tests/unit/workflow/compiled.hpp"

// forEach, undo and finally.
namespace callboard::workflow {
namespace {

using Indexes = std::vector<run::StepIndex>;

std::string condition_of(const run::Step& step) { return step.condition ? step.condition->source() : ""; }

TEST(ForEach, IsAnExpressionOrAList) {
  const Compiled out = with_steps(
      "  - {key: list, type: noop}\n"
      "  - {key: a, type: echo, forEach: '${ steps.list.result.items }', maxParallel: 4, params: {x: '${ "
      "item }'}}\n"
      "  - {key: b, type: echo, forEach: [x, \"it's\", 3], params: {n: '${ index }'}}\n");
  EXPECT_EQ(step(out, "a").for_each->source(), " steps.list.result.items ");
  EXPECT_EQ(step(out, "a").max_parallel, 4U);
  EXPECT_EQ(step(out, "a").depends_on, Indexes{0});
  EXPECT_EQ(step(out, "b").for_each->source(), R"(["x","it's",3])");
  EXPECT_EQ(out.graph.bodies.size(), 2U);
}

TEST(ForEach, AnIfThatReadsTheItemIsOfTheItem) {
  const Compiled out = with_steps(
      "  - {key: a, type: noop, forEach: [1, 2], if: item > 1}\n"
      "  - {key: b, type: noop, forEach: [1, 2], if: inputs.x}\n");
  EXPECT_FALSE(step(out, "a").condition);
  EXPECT_TRUE(step(out, "a").item_condition);
  EXPECT_TRUE(step(out, "b").condition);
}

TEST(ForEach, ItemMeansNothingElsewhere) {
  EXPECT_EQ(
      problems("name: w\nsteps:\n  - {type: echo, params: {x: '${ item }'}}\n"),
      "w:3:34: steps[0].params.x: item and index can only be read in the params and the if of a step with "
      "forEach\n");
  EXPECT_EQ(problems("name: w\nsteps:\n  - {type: noop, maxParallel: 2}\n"),
            "w:3:18: steps[0].maxParallel: maxParallel goes with forEach alone\n");
}

TEST(Finally, RunsBehindEverythingWhateverHappened) {
  const Compiled out = compiled(
      "name: w\nsteps:\n  - {key: a, type: noop}\n  - {key: b, type: noop}\n  - {key: c, type: noop, "
      "dependsOn: "
      "a}\n"
      "finally:\n  - {type: noop}\n  - {name: tell, type: noop, if: failure()}\n  - {type: noop, if: "
      "inputs.x}\n");
  EXPECT_EQ(step(out, "finally-1").depends_on, (Indexes{1, 2}));
  EXPECT_EQ(condition_of(step(out, "finally-1")), "always()");
  EXPECT_EQ(step(out, "tell").depends_on, (Indexes{3}));
  EXPECT_EQ(condition_of(step(out, "tell")), "failure()");
  EXPECT_EQ(condition_of(step(out, "finally-3")), "always() && (inputs.x)");
}

TEST(Finally, CanNotBeWaitedForBySteps) {
  EXPECT_EQ(
      problems("name: w\nsteps:\n  - {key: a, type: noop, dependsOn: end}\nfinally:\n  - {key: end, type: "
               "noop}\n"),
      "w:3:37: steps[0].dependsOn: 'end' runs when all steps have ended: nothing of steps can wait for it\n");
  EXPECT_EQ(
      problems("name: w\nsteps:\n  - {key: a, type: echo, params: {x: '${ steps.end.result }'}}\nfinally:\n  "
               "- {key: end, type: noop}\n"),
      "w:3:42: steps[0].params.x: 'end' runs when all steps have ended: it can't be read here\n");
}

TEST(Undo, RunsWhenTheRunFailsTheLastStepFirst) {
  const Compiled out = with_steps(
      "  - {name: a, type: noop, undo: {type: echo, params: {id: '${ steps.a.result.id }'}}}\n"
      "  - {name: b, type: noop}\n"
      "  - {name: c, type: noop, undo: {type: noop}}\n"
      "  - {name: d, type: noop}\n");
  EXPECT_EQ(out.graph.steps[4].key, "undo-a");
  EXPECT_EQ(step(out, "a").undo, 4U);
  EXPECT_EQ(step(out, "undo-a").depends_on, (Indexes{0, 3, 5}));
  EXPECT_EQ(step(out, "undo-c").depends_on, (Indexes{3}));
  EXPECT_EQ(condition_of(step(out, "undo-a")), "(failure() || cancelled())");
  EXPECT_EQ(step(out, "undo-a").undoes, 0U);
}

TEST(ForEach, TakesAsManyItemsFromTheFileAsFromAnExpression) {
  const auto with_items = [](int count) {
    std::string items;
    for (int item = 0; item < count; ++item) items += (item > 0 ? ", item-" : "item-") + std::to_string(item);
    return "name: w\nsteps:\n  - {type: echo, forEach: [" + items + "], params: {x: '${ item }'}}\n";
  };
  EXPECT_EQ(problems(with_items(10'000)), "");
  EXPECT_EQ(problems(with_items(10'001)),
            "w:3:27: steps[0].forEach: found 10001 items, expected at most 10000\n");
}

TEST(ForEach, ThatIsWrongIsAMapToTheRest) {
  EXPECT_EQ(problems("name: w\nsteps:\n  - {type: echo, forEach: ['${ 1 }'], if: item > 1, params: {x: "
                     "'${ item }'}}\n"),
            "w:3:27: steps[0].forEach: found an expression among the items, expected one expression that "
            "gives the list: \"${ fromJSON(format('[…]', …)) }\"\n");
  EXPECT_EQ(problems("name: w\nsteps:\n  - {type: echo, forEach: 'inputs.', params: {x: '${ item }'}}\n"),
            "w:3:34: steps[0].forEach: expected a name behind '.', found the end\n");
}

TEST(Undo, OfAMapIsAMap) {
  const Compiled out = with_steps(
      "  - name: a\n    type: noop\n    forEach: [1, 2]\n    maxParallel: 1\n"
      "    undo: {type: echo, params: {x: '${ item }'}, if: item > 1}\n");
  const run::Step& undo = step(out, "undo-a");
  ASSERT_TRUE(undo.is_map());
  EXPECT_EQ(undo.max_parallel, 1U);
  EXPECT_EQ(condition_of(undo), "(failure() || cancelled())");
  EXPECT_EQ(undo.item_condition->source(), "item > 1");
  EXPECT_EQ(problems("name: w\nsteps:\n  - {type: noop, forEach: [1], undo: {type: continueAs, params: "
                     "{inputs: {}}}}\n"),
            "w:3:45: steps[0].undo.type: found continueAs as the undo of a step with forEach: a run goes on "
            "as one run\n");
}

TEST(Undo, IsExecutedByItsOwnFields) {
  const Compiled out = with_steps(
      "  - name: a\n    type: http\n    params: {method: POST, url: 'http://x/'}\n    undo:\n"
      "      {type: http, params: {method: POST, url: 'http://x/undo'}, effect: idempotent, priority: 7,\n"
      "       queueTimeout: 2m, throttle: {key: \"undo-${ steps.a.result.id }\", limit: 2, per: 1s}}\n"
      "  - name: b\n    type: http\n    params: {method: POST, url: 'http://x/'}\n"
      "    undo: {type: http, params: {method: POST, url: 'http://x/undo'}, onLost: fail}\n");
  const run::Step& undo = step(out, "undo-a");
  ASSERT_TRUE(undo.throttle);
  EXPECT_TRUE(undo.throttle->key);
  EXPECT_EQ(undo.throttle->limit, 2U);
  EXPECT_EQ(undo.throttle->per, std::chrono::seconds(1));
  EXPECT_EQ(undo.effect, run::Effect::idempotent);
  EXPECT_EQ(undo.priority, 7);
  EXPECT_EQ(undo.queue_timeout, std::chrono::minutes(2));
  EXPECT_EQ(step(out, "undo-b").effect, run::Effect::once);
  EXPECT_EQ(step(out, "undo-b").on_lost, run::OnLost::fail);
  EXPECT_FALSE(step(out, "a").throttle);
}

TEST(Undo, IsThrottledWhereAWorkerExecutesIt) {
  EXPECT_EQ(
      problems("name: w\nsteps:\n  - type: noop\n    undo: {type: sleep, params: {for: 1s}, throttle: "
               "{limit: 1, per: 1s}}\n"),
      "w:4:44: steps[0].undo.throttle: throttle goes with steps that workers execute, and no worker has "
      "a sleep\n");
}

}  // namespace
}  // namespace callboard::workflow
