#include "shared/run/listening.hpp"

#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// Events that a run listens to: cancelOn, and steps that wait for one.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::kStart;
using test::make_event_rule;
using test::must;
using test::Play;

HeardEvent event(std::string name, std::string_view payload, Micros after, std::uint8_t id = 1) {
  return {.delivery = DeliveryId{{{0x01, 0x9b, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, id}}},
          .source = "github",
          .event = std::move(name),
          .at = kStart + after,
          .payload = std::make_shared<const Value>(must(read_json(payload)))};
}

Graph waits_for(std::string name, const std::string& condition = {},
                std::string_view params = R"({"event":""})", Micros timeout = 1h) {
  return GraphBuilder()
      .step("w")
      .wait(params, timeout)
      .edit([&](Step& step) { step.awaits = {make_event_rule(std::move(name), condition)}; })
      .build();
}

Graph cancelled_by(std::string name, const std::string& condition = {}) {
  Graph graph = GraphBuilder().step("a").build();
  graph.cancel_on = {make_event_rule(std::move(name), condition)};
  return graph;
}

Hearing hears(Play& play, std::string_view target, const HeardEvent& heard) {
  return hear(play.graph, play.state, target, heard);
}

/// What the owner does with an event that is taken.
void tell(Play& play, std::string_view target, const HeardEvent& heard) {
  ASSERT_EQ(hears(play, target, heard), Hearing::takes);
  EventRow told = tell_of(target, heard);
  play.fold(play.history.event(std::move(told.key), told.type, std::move(told.data)));
  play.settle();
}

TEST(Listening, AWaitSaysWhatItListensForAndWhy) {
  Play play(waits_for("push"));
  const Decided decided = play.decide();
  ASSERT_EQ(decided.listens.size(), 1u);
  EXPECT_EQ(decided.listens[0].target, "g1/w/1");
  EXPECT_EQ(decided.listens[0].since, play.step("w").ready_at);
  const auto waiting = waiting_for(play.graph, play.state);
  EXPECT_EQ(waiting[0].kind, WaitKind::event);
  EXPECT_EQ(waiting[0].detail, "event github push");
  EXPECT_EQ(waiting[0].until, play.step("w").ready_at + 1h);
}

TEST(Listening, AnEventEndsItAndIsItsResult) {
  Play play(waits_for("push"));
  play.settle();
  const HeardEvent heard = event("push", R"({"ref":"main"})", 5s);
  tell(play, "g1/w/1", heard);
  EXPECT_EQ(play.phase("w"), StepPhase::completed);
  EXPECT_EQ(play.step("w").result,
            R"({"event":"push","delivery":")" + to_string(heard.delivery) +
                R"(","receivedAt":"2026-11-21T00:00:05.000000Z","payload":{"ref":"main"}})");
  EXPECT_EQ(hears(play, "g1/w/1", event("push", "{}", 6s, 2)), Hearing::over);
}

TEST(Listening, TheIfSeesTheNewEventTheRunsOwnAndWhatTheStepSees) {
  Play play(waits_for("push", "event.n == run.event.n && inputs.x == null"));
  play.state.event = std::make_shared<const Value>(must(read_json(R"({"n":7})")));
  play.settle();
  EXPECT_EQ(hears(play, "g1/w/1", event("push", R"({"n":8})", 5s)), Hearing::refuses);
  EXPECT_EQ(hears(play, "g1/w/1", event("pull_request.closed", R"({"n":7})", 5s)), Hearing::refuses);
  EXPECT_EQ(hears(play, "g1/w/1", event("push", R"({"n":7})", 5s)), Hearing::takes);
}

TEST(Listening, AnIfThatCantBeEvaluatedDoesNotHold) {
  Play play(waits_for("push", "fromJSON(event.text).n == 1"));
  play.settle();
  EXPECT_EQ(hears(play, "g1/w/1", event("push", R"({"text":"no json"})", 5s)), Hearing::refuses);
}

TEST(Listening, EachItemOfAMapWaitsForItsOwn) {
  Graph graph = GraphBuilder()
                    .step("w")
                    .wait(R"({"event":""})")
                    .each("fromJSON('[1,2]')")
                    .edit([](Step& step) { step.awaits = {make_event_rule("push", "event.n == item")}; })
                    .build();
  Play play(std::move(graph));
  play.settle();
  const HeardEvent heard = event("push", R"({"n":2})", 5s);
  EXPECT_EQ(hears(play, "g1/w[0]/1", heard), Hearing::refuses);
  tell(play, "g1/w[1]/1", heard);
  EXPECT_EQ(play.phase("w[0]"), StepPhase::ready);
  EXPECT_EQ(play.phase("w[1]"), StepPhase::completed);
  tell(play, "g1/w[0]/1", event("push", R"({"n":1})", 6s, 2));
  EXPECT_EQ(play.phase("w"), StepPhase::completed);
}

TEST(Listening, WhatCameBeforeSinceDoesNotCount) {
  Play play(waits_for("push", {}, R"({"event":"","since":"10m"})"));
  const Decided decided = play.decide();
  EXPECT_EQ(decided.listens[0].since, play.step("w").ready_at - 10min);
  EXPECT_EQ(hears(play, "g1/w/1", event("push", "{}", -9min)), Hearing::takes);
  EXPECT_EQ(hears(play, "g1/w/1", event("push", "{}", -11min)), Hearing::refuses);
  Play plain(waits_for("push"));
  plain.settle();
  EXPECT_EQ(hears(plain, "g1/w/1", event("push", "{}", -1s)), Hearing::refuses);
}

TEST(Listening, ASinceThatIsNoneFailsTheStep) {
  Play play(waits_for("push", {}, R"({"event":"","since":"yesterday"})"));
  play.settle();
  EXPECT_EQ(play.step("w").error.message,
            "wait: `since` is \"yesterday\", expected a time such as \"2026-01-31T08:00:00Z\" or how long "
            "before the step's begin, such as \"10m\"");
}

TEST(Listening, OfASignalAndAnEventTheFirstEndsIt) {
  Play play(waits_for("push", {}, R"({"anyOf":[{"signal":"go"},{"event":""}]})"));
  play.settle();
  EXPECT_EQ(waiting_for(play.graph, play.state)[0].detail, "go or event github push");
  play.history.at = kStart + 10s;
  play.fold(play.history.signal("s", "go"));
  const HeardEvent heard = event("push", "{}", 5s);  // came before the signal, and was judged behind it
  EventRow told = tell_of("g1/w/1", heard);
  play.fold(play.history.event(std::move(told.key), told.type, std::move(told.data)));
  play.settle();
  EXPECT_TRUE(play.step("w").result.starts_with(R"({"event":"push")")) << play.step("w").result;
}

TEST(Listening, TheNameOfAnEventIsNoSignals) {
  Graph graph =
      GraphBuilder().step("w").wait(R"({"signal":"push"})").step("x").wait(R"({"event":""})").build();
  graph.steps[1].awaits = {make_event_rule("push")};
  Play play(std::move(graph));
  play.settle();
  tell(play, "g1/x/1", event("push", "{}", 5s));
  EXPECT_EQ(play.phase("x"), StepPhase::completed);
  EXPECT_EQ(play.phase("w"), StepPhase::ready);
}

TEST(Listening, ATimeoutSaysWhatDidNotCome) {
  Play play(waits_for("push", {}, R"({"event":""})", 10s));
  play.settle();
  play.wake(0, kStart + 11s);
  EXPECT_EQ(play.step("w").error, (StepError{ErrorClass::timeout, "no event github push came within 10s"}));
}

TEST(Listening, TooMuchToLookBackOverFailsTheStep) {
  Play play(waits_for("push"));
  play.settle();
  EventRow told = tell_of_too_many("g1/w/1");
  play.fold(play.history.event(std::move(told.key), told.type, std::move(told.data)));
  play.settle();
  EXPECT_EQ(play.step("w").error.error_class, ErrorClass::validation);
  EXPECT_TRUE(play.step("w").error.message.starts_with("wait: more than 10000 events"))
      << play.step("w").error.message;
}

TEST(Listening, ALargePayloadIsLeftOut) {
  Play play(waits_for("push"));
  play.settle();
  tell(play, "g1/w/1", event("push", "{\"text\":\"" + std::string(limits::kResultBytes, 'x') + "\"}", 5s));
  EXPECT_TRUE(play.step("w").result.ends_with(R"("payload":null,"payloadBytes":1048587})"))
      << play.step("w").result.substr(0, 200);
}

TEST(Listening, AWaitThatHasNotBegunDoesNotListenYet) {
  Graph graph = GraphBuilder().step("a").step("w").after("a").wait(R"({"event":""})").build();
  graph.steps[1].awaits = {make_event_rule("push")};
  Play play(std::move(graph));
  play.settle();
  EXPECT_EQ(hears(play, "g1/w/1", event("push", "{}", 5s)), Hearing::not_yet);
  EXPECT_EQ(hears(play, "g2/w/1", event("push", "{}", 5s)), Hearing::not_yet);
  play.fold(play.history.completed("a"));
  EXPECT_EQ(hears(play, "g1/w/1", event("push", "{}", 5s)), Hearing::takes)
      << "its if is not decided, and holds";
}

TEST(Listening, AWaitThatCleansUpHearsBesideStepsThatAreLeftOpen) {
  Play play(GraphBuilder()
                .step("nap")
                .sleep(R"({"for":"1h"})")
                .step("w")
                .after("nap")
                .wait(R"({"event":""})")
                .edit([](Step& step) { step.awaits = {make_event_rule("push")}; })
                .when("always()")
                .build());
  play.settle();
  EXPECT_EQ(hears(play, "g1/w/1", event("push", "{}", 5s)), Hearing::not_yet);
  play.cancel();
  ASSERT_EQ(play.state.phase, RunPhase::cancelling);
  RunState folded = make_state(play.graph, test::kRun);
  must(fold_all(play.graph, folded, play.events));
  EXPECT_EQ(hear(play.graph, folded, "g1/w/1", event("push", "{}", 5s)), Hearing::takes);
  tell(play, "g1/w/1", event("push", "{}", 5s));
  EXPECT_EQ(play.state.phase, RunPhase::cancelled);
  EXPECT_EQ(play.phase("w"), StepPhase::completed);
}

TEST(Listening, CancelOnCancelsAndSaysByWhat) {
  Play play(cancelled_by("pull_request.closed"));
  const Decided decided = play.decide();
  ASSERT_EQ(decided.listens.size(), 1u);
  EXPECT_EQ(decided.listens[0].target, "g1");
  const HeardEvent heard = event("pull_request.closed", "{}", 5s);
  tell(play, "g1", heard);
  EXPECT_EQ(play.state.phase, RunPhase::cancelling);
  EXPECT_EQ(play.state.closing->message, "the run was cancelled: github pull_request.closed came (delivery " +
                                             to_string(heard.delivery) + ")");
  EXPECT_EQ(hears(play, "g1", event("pull_request.closed", "{}", 6s, 2)), Hearing::over);
}

TEST(Listening, NeitherTheEventThatStartedItNorAnOlderOneCancelsARun) {
  Play play(cancelled_by("push"));
  const HeardEvent own = event("push", "{}", 1ms);
  play.state.created.delivery = own.delivery;
  ASSERT_EQ(play.state.begun_at, kStart + 1ms);
  EXPECT_EQ(hears(play, "g1", own), Hearing::refuses);
  EXPECT_EQ(hears(play, "g1", event("push", "{}", 0ms, 2)), Hearing::refuses);
  EXPECT_EQ(hears(play, "g1", event("push", "{}", 1ms, 0)), Hearing::refuses)
      << "of one commit, and before it";
  EXPECT_EQ(hears(play, "g1", event("push", "{}", 1ms, 2)), Hearing::takes) << "of one commit, and behind it";
}

TEST(Listening, APausedRunAndOneThatWaitsForItsPlaceAreCancelledToo) {
  Play paused(cancelled_by("push"));
  paused.settle();
  paused.fold(paused.history.command("p", "pause"));
  paused.settle();
  ASSERT_EQ(paused.state.phase, RunPhase::paused);
  tell(paused, "g1", event("push", "{}", 5s));
  EXPECT_EQ(paused.state.phase, RunPhase::cancelling);

  Graph graph = GraphBuilder().step("a").concurrency("g").build();
  graph.cancel_on = {make_event_rule("push")};
  Play queued(std::move(graph));
  const Decided decided = queued.decide();
  ASSERT_EQ(decided.listens.size(), 1u);
  tell(queued, "g1", event("push", "{}", 5s));
  EXPECT_EQ(queued.state.phase, RunPhase::cancelled);
}

TEST(Listening, ARewoundRunListensAgainFromThenOn) {
  Play play(cancelled_by("push"));
  play.settle();
  tell(play, "g1", event("push", "{}", 5s));
  play.stop_workers();
  ASSERT_EQ(play.state.phase, RunPhase::cancelled);
  play.history.at = kStart + 10s;
  play.fold(play.history.command("r", "retry"));
  const DecisionRow row = *play.decide().row;
  play.fold(play.history.decided(row));
  const Decided decided = play.decide();
  ASSERT_EQ(decided.listens.size(), 1u);
  EXPECT_EQ(decided.listens[0].target, "g2");
  EXPECT_EQ(hears(play, "g2", event("push", "{}", 5s, 2)), Hearing::refuses);
  EXPECT_EQ(hears(play, "g2", event("push", "{}", 11s, 2)), Hearing::takes);
  EXPECT_EQ(hears(play, "g1", event("push", "{}", 11s, 2)), Hearing::over);
}

TEST(Listening, TheKeyOfAFactNamesTheDelivery) {
  const HeardEvent heard = event("push", "{}", 5s);
  const auto cancels = find_told(tell_of("g1", heard).key);
  ASSERT_TRUE(cancels);
  EXPECT_EQ(cancels->delivery, heard.delivery);
  EXPECT_EQ(cancels->step, "");
  const auto wakes = find_told(tell_of("g1/w[3]/1", heard).key);
  ASSERT_TRUE(wakes);
  EXPECT_EQ(wakes->delivery, heard.delivery);
  EXPECT_EQ(wakes->step, "w[3]");
  EXPECT_FALSE(find_told("signal/event-none"));
  EXPECT_FALSE(find_told("signal/go"));
  EXPECT_TRUE(parse_key(tell_of("g1/w[3]/1", heard).key));
}

}  // namespace
}  // namespace callboard::run
