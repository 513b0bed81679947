#include "shared/run/admission.hpp"

#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// A run that needs a place in its group, until it has one.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::must;
using test::Play;

GraphBuilder one_at_a_time() { return GraphBuilder().step("a").step("b").after("a").concurrency("deploys"); }

Created make_created(std::string inputs) {
  return {.workflow = "w", .hash = "h", .inputs = std::move(inputs), .delivery = {}, .event_name = {}};
}

/// The run asks for a place and gets none.
void find_no_place(Play& play) {
  const Decided asks = play.decide();
  ASSERT_TRUE(asks.row && asks.row->admits);
  ASSERT_FALSE(play.decide().row);
}

TEST(Admission, AGroupIsRenderedFromWhatTheRunIsMadeOf) {
  const Graph graph =
      GraphBuilder().step("a").concurrency("${run.name}-${inputs.env}-${event.number}", 3).build();
  const auto event = std::make_shared<const Value>(Value{{"number", 7}});
  const auto group = must(find_group(graph, test::kRun, make_created(R"({"env":"prod"})"), event));
  EXPECT_EQ(group, (Group{"test-prod-7", 3, OnExcess::queue}));
}

TEST(Admission, AnEmptyGroupIsNoneAndOneTooLongIsAnError) {
  const Graph graph = GraphBuilder().step("a").concurrency("${inputs.env}").build();
  EXPECT_FALSE(must(find_group(graph, test::kRun, make_created("{}"), nullptr)));
  const std::string text(limits::kGroupBytes + 1, 'x');
  const auto group = find_group(graph, test::kRun, make_created(R"({"env":")" + text + "\"}"), nullptr);
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().message, "concurrency.group: found 1025 bytes, expected at most 1024");
  const auto object = find_group(graph, test::kRun, make_created(R"({"env":{"name":"prod"}})"), nullptr);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().message,
            "concurrency.group: found an object, expected text, a number, true or false");
}

TEST(Admission, NothingBeginsBeforeTheRunHasItsPlace) {
  Play play(one_at_a_time().build());
  find_no_place(play);
  EXPECT_EQ(play.state.phase, RunPhase::pending);
  const auto waiting = waiting_for(play.graph, play.state);
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].kind, WaitKind::place);
  EXPECT_EQ(waiting[0].detail, R"(group "deploys" (at most 1 run at once))");

  play.state.attention_run = true;  // it is woken
  const Decided decided = play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::running);
  EXPECT_EQ(test::names(play, decided.jobs), "a");
}

TEST(Admission, TheTimeOutOfTheRunCountsFromItsPlace) {
  Play play(one_at_a_time().timeout(1h).build());
  find_no_place(play);
  play.wake(kNoStep, play.history.at + 5h);
  ASSERT_EQ(play.state.phase, RunPhase::running);
  const Time admitted = play.state.opened_at;
  play.wake(kNoStep, admitted + 59min);
  EXPECT_EQ(play.state.phase, RunPhase::running);
  play.wake(kNoStep, admitted + 1h);
  EXPECT_EQ(play.state.phase, RunPhase::cancelling);
}

TEST(Admission, ASleepCountsFromThePlaceToo) {
  Play play(GraphBuilder().step("nap").sleep(R"({"for":60})").concurrency("g").build());
  find_no_place(play);
  play.history.at += 1h;
  play.state.attention_run = true;
  const Decided decided = play.settle();
  EXPECT_EQ(decided.timers.back().at, play.state.opened_at + 60s);
}

TEST(Admission, TheWaitHasATimeOutOfItsOwn) {
  Play play(one_at_a_time().timeout(1min).build());
  find_no_place(play);
  play.wake(kNoStep, play.history.at + limits::kPlaceTimeout);
  EXPECT_EQ(play.state.phase, RunPhase::failed);
  EXPECT_EQ(play.state.error.error_class, ErrorClass::timeout);
  EXPECT_EQ(play.state.error.message,
            R"(the run waited longer than 7d for a place in its group "deploys" (at most 1 run at once))");
}

TEST(Admission, CancelledInTheQueueItClosesInOneRowAndCleansNothingUp) {
  Play play(GraphBuilder().step("a").step("clean").after("a").when("always()").concurrency("g").build());
  find_no_place(play);
  play.fold(play.history.cancel());
  const Decided decided = play.settle();
  EXPECT_EQ(decided.row->closes, RunPhase::cancelled);
  EXPECT_TRUE(decided.jobs.empty());
  EXPECT_FALSE(decided.stop_workers);
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_FALSE(play.state.queued);
}

TEST(Admission, ARunThatGetsNoPlaceAndDoesNotWaitSaysWhy) {
  Play play(one_at_a_time().build());
  find_no_place(play);
  const std::string why = "rejected: no place is free";
  const Decided decided = decide(play.graph, play.state, {.now = play.history.at, .no_place = &why});
  ASSERT_TRUE(decided.row);
  play.fold(play.history.decided(*decided.row));
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_EQ(play.state.error, (StepError{ErrorClass::cancelled, why}));
}

TEST(Admission, PausedInTheQueueItStandsAsideAndQueuesAgainWhenResumed) {
  Play play(one_at_a_time().build());
  find_no_place(play);
  play.fold(play.history.command("p", "pause"));
  const Decided paused = play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::paused);
  play.state.attention_run = true;  // it is woken
  const Decided woken = play.decide();
  EXPECT_TRUE(woken.stands_aside);
  EXPECT_FALSE(woken.row);

  play.fold(play.history.command("r", "resume"));
  const Decided resumed = play.decide();
  play.fold(play.history.decided(*resumed.row));
  EXPECT_EQ(play.state.phase, RunPhase::pending);
  play.settle();
  EXPECT_EQ(play.state.phase, RunPhase::running);
}

TEST(Admission, ARewindQueuesAnew) {
  Play play(GraphBuilder().step("a").concurrency("g").build());
  play.settle();
  play.fold(play.history.failed("a", ErrorClass::exit));
  play.settle();
  ASSERT_EQ(play.state.phase, RunPhase::failed);
  play.fold(play.history.command("again", "retry"));
  const Decided rewound = play.decide();
  ASSERT_TRUE(rewound.row && rewound.row->reopens);
  play.fold(play.history.decided(*rewound.row));
  EXPECT_EQ(play.state.phase, RunPhase::pending);
  EXPECT_TRUE(play.state.queued);
  EXPECT_EQ(test::names(play, play.settle().jobs), "a");
}

TEST(Admission, AThrottleIsRenderedFromWhatTheRunIsMadeOf) {
  const Graph graph = GraphBuilder().step("a").throttle("${event.number}${inputs.env}", 10, 1min).build();
  const auto event = std::make_shared<const Value>(Value{{"number", 7}});
  EXPECT_EQ(must(find_rate(graph, test::kRun, make_created("{}"), event)), (Rate{"7", 10, 1min}));
  EXPECT_FALSE(must(find_rate(graph, test::kRun, make_created("{}"), nullptr))) << "an empty key is none";
  const std::string text(limits::kRateBytes + 1, 'x');
  EXPECT_EQ(find_rate(graph, test::kRun, make_created(R"({"env":")" + text + "\"}"), nullptr).error().message,
            "throttle.key: found 1025 bytes, expected at most 1024");
}

TEST(Admission, AThrottleWithoutAKeyIsTheWorkflows) {
  Graph graph = GraphBuilder().step("a").throttle("x", 2, 1h).build();
  graph.throttle->key.reset();
  EXPECT_EQ(must(find_rate(graph, test::kRun, make_created("{}"), nullptr)),
            (Rate{"workflow:" + graph.slug, 2, 1h}));
}

TEST(Admission, AThrottledRunAsksAgainWhenItsTurnComesAndNotBefore) {
  Play play(GraphBuilder().step("a").throttle("g", 1, 1min).timeout(10min).build());
  find_no_place(play);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].kind, WaitKind::throttle);
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].detail, R"(throttle "g" (at most 1 run in 1m))");
  const Time turn = play.history.at + 1h;
  play.state.attention_run = true;
  const Decided early = decide(play.graph, play.state, {.now = turn - Micros(1), .turn_at = turn});
  EXPECT_FALSE(early.row);
  ASSERT_EQ(early.timers.size(), 1u);
  EXPECT_EQ(early.timers[0].at, turn);
  play.state.attention_run = true;
  const Decided late = decide(play.graph, play.state, {.now = turn, .turn_at = turn});
  EXPECT_TRUE(late.row && late.row->admits);
}

TEST(Admission, AThrottleDropsNothingHoweverLongItTakes) {
  Play play(GraphBuilder().step("a").throttle("g", 1, 24h).timeout(10min).build());
  find_no_place(play);
  play.wake(kNoStep, play.history.at + 100 * 24h);
  EXPECT_EQ(play.state.phase, RunPhase::running);
}

TEST(Admission, WhoNeedsBothNamesBoth) {
  Play play(one_at_a_time().throttle("t", 2, 1h).build());
  const auto waiting = waiting_for(play.graph, play.state);
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].kind, WaitKind::place);
  EXPECT_EQ(waiting[1].kind, WaitKind::throttle);
  EXPECT_EQ(describe_wait(play.state.created),
            R"(a place in its group "deploys" (at most 1 run at once) and a turn of its )"
            R"(throttle "t" (at most 2 runs in 1h))");
}

TEST(Admission, IsRefusedWhereTheRunNeedsNoPlace) {
  Play play(GraphBuilder().step("a").build());
  EXPECT_FALSE(fold(play.graph, play.state, play.history.decided(1, {{.type = EventType::run_admitted}})));
}

TEST(Admission, ACancelThatSaysWhyIsQuoted) {
  Play play(GraphBuilder().step("a").build());
  play.settle();
  play.fold(play.history.command("c", Command{.name = "cancel", .actor = "x", .reason = "a newer push"}));
  play.settle();
  EXPECT_EQ(play.state.closing->message, "the run was cancelled: a newer push");
}

}  // namespace
}  // namespace callboard::run
