#include <gtest/gtest.h>

#include "shared/run/slice.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::must;
using test::names;
using test::Play;

std::string first_jobs(GraphBuilder builder, bool segments = true) {
  Play play(builder.build(segments));
  return names(play, play.settle().jobs);
}

GraphBuilder line_of(int count) {
  GraphBuilder builder;
  for (int i = 0; i < count; ++i) {
    builder.step("s" + std::to_string(i));
    if (i > 0) builder.after("s" + std::to_string(i - 1));
  }
  return builder;
}

TEST(Segment, IsAStraightLineOfSteps) {
  EXPECT_EQ(first_jobs(line_of(3)), "s0+s1+s2");
  EXPECT_EQ(first_jobs(line_of(3), false), "s0") << "switched off";
}

TEST(Segment, EndsWhereTheLineForksOrJoins) {
  GraphBuilder fork = GraphBuilder().step("a").step("b").after("a").step("c").after("b").step("d").after("b");
  EXPECT_EQ(first_jobs(fork), "a+b");
  GraphBuilder join = GraphBuilder().step("a").step("b").after("a").step("x").step("c").after("b", "x");
  EXPECT_EQ(first_jobs(join), "a+b x");
}

TEST(Segment, EndsBeforeAStepThatMayNotTravel) {
  const auto with = [](const std::function<void(Step&)>& change) {
    GraphBuilder builder = GraphBuilder().step("a").step("b").after("a").edit(change).step("c").after("b");
    return first_jobs(builder);
  };
  EXPECT_EQ(with([](Step& step) { step.effect = Effect::idempotent; }), "a+b+c");
  EXPECT_EQ(with([](Step& step) { step.effect = Effect::once; }), "a");
  EXPECT_EQ(with([](Step& step) { step.pool = "gpu"; }), "a");
  EXPECT_EQ(with([](Step& step) { step.held = true; }), "a");
  EXPECT_EQ(with([](Step& step) { step.queue_timeout = std::chrono::seconds(1); }), "a");
  EXPECT_EQ(with([](Step& step) { step.condition = must(expression::parse_expression("true")); }), "a");
}

TEST(Segment, HasAtMostSoManySteps) {
  GraphBuilder builder = line_of(static_cast<int>(limits::kSegmentSteps) + 5);
  Play play(builder.build(true));
  EXPECT_EQ(play.settle().jobs[0].steps.size(), limits::kSegmentSteps);
}

TEST(Segment, GoesOnBehindTheLastRecordedResult) {
  Play play(line_of(4).build(true));
  play.settle();
  play.fold(play.history.completed("s0"));
  play.fold(play.history.completed("s1"));
  EXPECT_EQ(names(play, play.settle().jobs), "s2+s3");
}

TEST(Segment, ARetryOfItsFirstStepTakesTheRestAlong) {
  Play play(GraphBuilder().step("a").retry(2).step("b").after("a").build(true));
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::network));
  play.settle();
  EXPECT_EQ(names(play, play.wake(0, play.history.at + std::chrono::minutes(1)).jobs), "a#2+b");
}

TEST(Segment, AStepThatRunsBelowAFailureTakesNoLineAlong) {
  Play play(
      GraphBuilder().step("a").step("clean").after("a").when("failure()").step("b").after("clean").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  EXPECT_EQ(names(play, play.settle().jobs), "clean");
}

TEST(Slice, CarriesWhatIsRenderedAndTheSourceOfWhatReadsTheLineItself) {
  // given a line whose second step reads the first's result, and whose third reads inputs alone
  Play play(GraphBuilder()
                .step("a")
                .params(R"({"n":"${inputs.n}"})")
                .step("b")
                .after("a")
                .params(R"({"x":"${steps.a.result.v}","n":"${inputs.n}"})")
                .step("c")
                .after("b")
                .params(R"({"n":"${inputs.n}"})")
                .build(true));
  play.state.created.inputs = R"({"n":7})";
  const Decided decided = play.settle();
  // when it is cut
  const Slice slice = must(cut_slice(play.graph, play.state, decided.jobs[0]));
  // then
  ASSERT_EQ(slice.steps.size(), 3u);
  EXPECT_EQ(slice.steps[0].params->json, R"({"n":7})");
  EXPECT_FALSE(slice.steps[1].params);
  EXPECT_EQ(slice.contexts, R"({"inputs":{"n":7}})");
  EXPECT_EQ(slice.steps[2].params->json, R"({"n":7})");
  EXPECT_EQ(must(slice_params(slice, 0, {})).json, R"({"n":7})");
  EXPECT_EQ(must(slice_params(slice, 1, {R"({"v":[1]})"})).json, R"({"x":[1],"n":7})");
  EXPECT_FALSE(slice_params(slice, 1, {})) << "the result that it reads is not there";
}

TEST(Slice, EndsBeforeAStepThatReadsTheLineAndThePayload) {
  Play play(GraphBuilder()
                .step("a")
                .step("b")
                .after("a")
                .params(R"({"x":"${steps.a.result}","y":"${event.action}"})")
                .build(true));
  EXPECT_EQ(must(cut_slice(play.graph, play.state, play.settle().jobs[0])).steps.size(), 1u);
}

TEST(Slice, EndsBeforeAStepThatReadsTheTime) {
  Play play(GraphBuilder().step("a").step("b").after("a").params(R"({"at":"${now()}"})").build(true));
  EXPECT_EQ(must(cut_slice(play.graph, play.state, play.settle().jobs[0])).steps.size(), 1u);
}

TEST(Slice, ReadsTheTimeAtWhichTheStepBecameReady) {
  Play play(GraphBuilder().step("a").params(R"({"at":"${now()}"})").build(true));
  const auto slice = [&] { return must(cut_slice(play.graph, play.state, {{0}, 1})).steps[0].params->json; };
  play.settle();
  const std::string first = slice();
  EXPECT_EQ(first, R"({"at":")" + format_time(play.state.steps[0].ready_at) + R"("})");
  play.state.latest_at += std::chrono::hours(1);
  EXPECT_EQ(slice(), first) << "another copy says the same";
}

std::string too_long() { return R"({"long":")" + std::string(limits::kRenderedBytes, 'x') + R"("})"; }

TEST(Slice, EndsBeforeAStepThatCannotBeRendered) {
  Play play(GraphBuilder().step("a").step("b").after("a").params(R"({"x":"${inputs.long}"})").build(true));
  play.state.created.inputs = too_long();
  EXPECT_EQ(must(cut_slice(play.graph, play.state, play.settle().jobs[0])).steps.size(), 1u);
}

TEST(Slice, WhoseFirstStepCannotBeRenderedIsAnError) {
  Play play(GraphBuilder().step("a").params(R"({"x":"${inputs.long}"})").build(true));
  play.state.created.inputs = too_long();
  EXPECT_FALSE(cut_slice(play.graph, play.state, play.settle().jobs[0]));
}

TEST(Slice, PassesSecretsOnAsNames) {
  Play play(GraphBuilder()
                .step("a")
                .params(R"({"key":"Bearer ${secrets.TOKEN}"})")
                .step("b")
                .after("a")
                .params(R"({"key":"${secrets.TOKEN}","x":"${steps.a.result}"})")
                .build(true));
  const Slice slice = must(cut_slice(play.graph, play.state, play.settle().jobs[0]));
  ASSERT_EQ(slice.steps.size(), 2u);
  ASSERT_EQ(slice.steps[0].params->secrets.size(), 1u);
  EXPECT_EQ(slice.steps[0].params->secrets[0].pointer, "/key");
  const expression::Rendered later = must(slice_params(slice, 1, {"5"}));
  ASSERT_EQ(later.secrets.size(), 1u);
  EXPECT_EQ(later.secrets[0].parts[0].secret, "TOKEN");
}

TEST(Slice, LeavesTheShellsOwnBracesAlone) {
  GraphBuilder builder = GraphBuilder().step("a").step("b").after("a").edit([](Step& step) {
    step.executor = "shell";
    step.params = must(expression::make_template(
        must(read_json(R"({"run":"echo ${HOME}","env":{"X":"${steps.a.result}"}})")),
        [](std::string_view pointer) {
          return pointer == "/run" ? expression::Opening::double_brace : expression::Opening::dollar_brace;
        }));
  });
  Play play(builder.build(true));
  const Slice slice = must(cut_slice(play.graph, play.state, play.settle().jobs[0]));
  EXPECT_EQ(must(slice_params(slice, 1, {"5"})).json, R"({"run":"echo ${HOME}","env":{"X":5}})");
}

}  // namespace
}  // namespace callboard::run
