#include "shared/run/children.hpp"

#include <gtest/gtest.h>

#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"

// Steps that start runs: `workflow` and `continueAs`.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::GraphBuilder;
using test::History;
using test::must;

/// One run whose owner finds every workflow, with the inputs as they are.
class Owner {
 public:
  explicit Owner(Graph graph, std::string inputs = "{}") : graph_(std::move(graph)), history(graph_) {
    append(history.created(std::move(inputs)));
  }

  /// Until nothing follows any more; every row is appended.
  void settle() {
    while (true) {
      Decided decided = decide_once();
      for (const StartRun& start : decided.starts) prepare(start);
      for (const Told& told : decided.tells) tells.push_back(told);
      if (decided.row) follow(*decided.row);
      if (decided.stop_workers) workers_stopped = state.attention_run = true;
      if (!decided.row && decided.starts.empty() && !decided.stop_workers) return;
    }
  }
  Decided decide_once() {
    return decide(graph_, state,
                  {.now = history.at, .workers_stopped = workers_stopped, .prepared = &prepared});
  }
  void prepare(const StartRun& start) {
    asked.push_back(start);
    prepared.insert_or_assign(
        start.run,
        Prepared{.asked = start, .problem = problem, .definition = "hash", .inputs = start.inputs});
    if (start.step == kNoStep)
      state.attention_run = true;
    else
      state.attention.push_back(start.step);
  }
  void follow(const DecisionRow& row) {
    rows.push_back(row);
    for (const RunId& id : row.starts) started.push_back(id);
    for (const Told& told : row.tells) tells.push_back(told);
    append(history.decided(row));
  }
  void append(const Event& event) {
    events.push_back(event);
    must(fold(graph_, state, event));
  }
  /// The child's close writes it.
  void end_child(std::string_view step, std::uint32_t attempt, const Outcome& outcome) {
    append(history.event(result_key(step, attempt, state.generation), outcome.type, encode_outcome(outcome)));
  }
  void look(std::string_view step) { state.attention.push_back(graph_.find(step)); }
  const StepState& step(std::string_view key) const { return state.steps[graph_.find(key)]; }

  Graph graph_;
  History history;
  RunState state = make_state(graph_, test::kRun);
  std::vector<Event> events;
  std::map<RunId, Prepared> prepared;
  std::vector<StartRun> asked;
  std::vector<DecisionRow> rows;
  std::vector<RunId> started;
  std::vector<Told> tells;
  std::optional<StepError> problem;
  bool workers_stopped = false;
};

Graph calls(std::string_view params, std::uint32_t attempts = 1) {
  return GraphBuilder().step("call").child(params, 1h).retry(attempts).step("after").after("call").build();
}

Outcome completed(std::string result) { return {.result = std::move(result)}; }
Outcome failed(ErrorClass error_class) {
  return {.type = EventType::step_failed, .error = {error_class, "no"}};
}

TEST(Children, BeginByTheRowThatTheyAreMadeWith) {
  Owner run(calls(R"({"workflow":"build","inputs":{"n":1}})"));
  run.settle();
  ASSERT_EQ(run.asked.size(), 1u);
  EXPECT_EQ(run.asked[0].workflow, "build");
  EXPECT_EQ(run.asked[0].inputs, R"({"n":1})");
  EXPECT_TRUE(run.asked[0].parent->awaits);
  ASSERT_EQ(run.rows.size(), 1u);
  EXPECT_EQ(run.rows[0].starts, std::vector{run.asked[0].run});
  EXPECT_EQ(run.step("call").phase, StepPhase::running);
  EXPECT_EQ(run.step("call").child, run.asked[0].run);
}

TEST(Children, OfLaterAttemptsAreYoungerRuns) {
  Owner run(calls(R"({"workflow":"build"})", 3));
  run.settle();
  for (std::uint32_t attempt = 1; attempt < 3; ++attempt) {
    run.history.at += 5min;
    run.end_child("call", attempt, failed(ErrorClass::server));
    run.settle();
    run.history.at = run.step("call").retry_at;
    run.look("call");
    run.settle();
  }
  ASSERT_EQ(run.started.size(), 3u);
  EXPECT_LT(run.started[0], run.started[1]);
  EXPECT_LT(run.started[1], run.started[2]);
}

TEST(Children, AreNamedByWhoeverWaitsForThem) {
  Owner run(calls(R"({"workflow":"build"})"));
  run.settle();
  const auto waiting = waiting_for(run.graph_, run.state);
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].kind, WaitKind::child);
  EXPECT_EQ(waiting[0].detail, "run " + to_string(*run.step("call").child));
  EXPECT_TRUE(waiting[0].until.has_value());
}

TEST(Children, EndTheirStepByTheOutcomeThatTheirCloseWrites) {
  Owner run(calls(R"({"workflow":"build"})"));
  run.settle();
  run.end_child("call", 1, completed(R"({"run":"x","state":"completed","outputs":{"a":1}})"));
  run.settle();
  EXPECT_EQ(run.step("call").phase, StepPhase::completed);
  EXPECT_EQ(run.step("after").phase, StepPhase::ready);
}

TEST(Children, HaveAnotherIdInEachAttemptItemAndGeneration) {
  const Time at = test::kStart;
  const RunId one = child_id(test::kRun, "call", 1, 1, at);
  EXPECT_EQ(one, child_id(test::kRun, "call", 1, 1, at));
  EXPECT_NE(one, child_id(test::kRun, "call", 2, 1, at));
  EXPECT_NE(one, child_id(test::kRun, "call", 1, 2, at));
  EXPECT_NE(one, child_id(test::kRun, "call[0]", 1, 1, at));
  EXPECT_EQ(routing_bits(one.uuid), routing_bits(test::kRun.uuid));
  EXPECT_EQ(time_of(one.uuid), at);
  EXPECT_EQ(one.uuid.bytes[6] >> 4, 7);
  EXPECT_EQ(one.uuid.bytes[8] >> 6, 2);
}

TEST(Children, OfAMapStandInTheOrderOfItsItems) {
  const auto id_of = [](int item) {
    return child_id(test::kRun, "call[" + std::to_string(item) + "]", 1, 1, test::kStart);
  };
  for (const int item : {0, 1, 15, 255, 4095, 9998}) {
    EXPECT_LT(to_string(id_of(item)), to_string(id_of(item + 1))) << item;
  }
  EXPECT_EQ(routing_bits(id_of(9999).uuid), routing_bits(test::kRun.uuid));
  EXPECT_EQ(id_of(9999).uuid.bytes[8] >> 6, 2);
}

TEST(Children, AreStartedAnewByARetry) {
  Owner run(calls(R"({"workflow":"build"})", 2));
  run.settle();
  run.end_child("call", 1, failed(ErrorClass::server));
  run.settle();
  EXPECT_EQ(run.step("call").phase, StepPhase::retrying);
  run.history.at = run.step("call").retry_at;
  run.look("call");
  run.settle();
  ASSERT_EQ(run.started.size(), 2u);
  EXPECT_NE(run.started[0], run.started[1]);
  EXPECT_EQ(run.step("call").child, run.started[1]);
  EXPECT_EQ(run.step("call").attempt, 2u);
}

TEST(Children, ThatTakeTooLongAreCancelledAndEndTheStepThemselves) {
  Owner run(calls(R"({"workflow":"build"})"));
  run.settle();
  run.history.at += 2h;
  run.look("call");
  run.settle();
  EXPECT_EQ(run.step("call").phase, StepPhase::running);
  ASSERT_EQ(run.tells.size(), 1u);
  EXPECT_EQ(run.tells[0].run, run.started[0]);
  const Command command = must(decode_command(run.tells[0].data));
  EXPECT_EQ(command.name, "cancel");
  EXPECT_TRUE(command.is_timeout);
}

TEST(Children, ThatCantBeStartedFailTheStepByADecision) {
  Owner run(calls(R"({"workflow":"build"})"));
  run.problem = StepError{ErrorClass::validation, "there is no workflow \"build\""};
  run.settle();
  EXPECT_EQ(run.step("call").phase, StepPhase::failed);
  EXPECT_EQ(run.step("call").error.error_class, ErrorClass::validation);
  EXPECT_TRUE(run.started.empty());
}

TEST(Children, WithBadParamsSayWhatWasFound) {
  Owner run(calls(R"({"workflow":"build","wait":"maybe"})"));
  run.settle();
  EXPECT_EQ(run.step("call").error.message, "workflow: `wait` is \"maybe\", expected true or false");
}

TEST(Children, DetachedOnesCompleteTheirStepAtOnce) {
  Owner run(calls(R"({"workflow":"build","wait":false})"));
  run.settle();
  EXPECT_EQ(run.step("call").phase, StepPhase::completed);
  EXPECT_EQ(run.step("call").result, R"({"run":")" + to_string(run.started.at(0)) + "\"}");
  EXPECT_FALSE(run.asked[0].parent->awaits);
}

TEST(Children, AreCancelledInTheRowThatCancelsTheirParentWhichWaitsForThem) {
  Owner run(calls(R"({"workflow":"build"})"));
  run.settle();
  run.append(run.history.command("c1", "cancel"));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::cancelling);
  ASSERT_EQ(run.rows.back().tells.size(), 1u);
  EXPECT_EQ(run.rows.back().tells[0].run, run.started[0]);
  EXPECT_EQ(waiting_for(run.graph_, run.state).front().kind, WaitKind::child);
  run.end_child("call", 1, failed(ErrorClass::cancelled));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::cancelled);
}

TEST(Children, OfItemsAreCancelledWhereTheirMapIsNotWhatCleansUp) {
  Owner run(GraphBuilder()
                .step("call")
                .child(R"({"workflow":"build"})", 1h)
                .each("fromJSON('[1]')")
                .when("success() || failure()")
                .build());
  run.settle();
  run.append(run.history.command("c1", "cancel"));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::cancelling) << "it waits for the child";
  ASSERT_EQ(run.rows.back().tells.size(), 1u);
  EXPECT_EQ(run.rows.back().tells[0].run, run.started[0]);
}

TEST(Children, HaveEndedBeforeACancelledParentCleansUp) {
  Owner run(GraphBuilder()
                .step("call")
                .child(R"({"workflow":"build"})", 1h)
                .step("tidy")
                .after("call")
                .when("always()")
                .build());
  run.settle();
  run.append(run.history.command("c1", "cancel"));
  run.settle();
  run.state.attention_run = true;
  EXPECT_TRUE(run.decide_once().jobs.empty()) << "its child cleans up yet";
  run.end_child("call", 1, failed(ErrorClass::cancelled));
  EXPECT_EQ(run.decide_once().jobs.size(), 1u);
}

TEST(Children, ThatWereCancelledAreAFailureThatTheStepMayGoOnFrom) {
  Owner run(GraphBuilder()
                .step("call")
                .child(R"({"workflow":"build"})", 1h)
                .continue_on_error()
                .step("after")
                .after("call")
                .build());
  run.settle();
  run.end_child("call", 1, failed(ErrorClass::cancelled));
  EXPECT_EQ(run.decide_once().jobs.size(), 1u) << "what stands behind it begins";
}

TEST(Children, KnowThePlacesThatAreKeptUntilTheyEnd) {
  const auto above = [](std::string_view params) {
    Owner run(GraphBuilder().step("call").child(params, 1h).concurrency("own").build());
    run.state.created.group = Group{"own", 1, OnExcess::queue};
    run.state.created.places_above = {"higher"};
    run.settle();
    run.append(
        run.history.event("d/1", EventType::run_admitted, R"({"v":1,"list":[{"type":"run.admitted"}]})"));
    run.settle();
    return run.asked.empty() ? std::vector<std::string>{"nothing asked"} : run.asked[0].places_above;
  };
  const std::vector<std::string> both = {"higher", "own"};
  EXPECT_EQ(above(R"({"workflow":"build"})"), both);
  EXPECT_EQ(above(R"({"workflow":"build","onCancel":"leave"})"), both);
  EXPECT_EQ(above(R"({"workflow":"build","wait":false})"), std::vector<std::string>());
}

TEST(Children, ThatAreLeftDoNotHoldUpACancelledParent) {
  Owner run(calls(R"({"workflow":"build","onCancel":"leave"})"));
  run.settle();
  EXPECT_TRUE(run.asked[0].shared_places.empty());
  run.append(run.history.command("c1", "cancel"));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::cancelled);
  EXPECT_TRUE(run.tells.empty());
  EXPECT_EQ(run.rows.back().free_keys.front(), "g1/call/1/result");
}

TEST(Children, DetachedOnesAreCancelledWithAnOpenParent) {
  Owner run(calls(R"({"workflow":"build","wait":false})"));
  run.settle();
  run.append(run.history.command("c1", "cancel"));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::cancelled);
  ASSERT_EQ(run.tells.size(), 1u);
}

TEST(Children, AreMadeAFewAtATime) {
  Graph graph = calls(R"({"workflow":"build"})");
  graph.steps[0].for_each = must(expression::parse_expression("fromJSON(format('[1{0}]', inputs.more))"));
  link(graph, false);
  std::string more;
  for (std::size_t i = 0; i < limits::kRunsStartedAtOnce + 20; ++i) more += ",1";
  Owner run(std::move(graph), R"({"more":")" + more + "\"}");
  run.settle();
  EXPECT_EQ(run.started.size(), limits::kRunsStartedAtOnce + 21);
  for (const DecisionRow& row : run.rows) EXPECT_LE(row.starts.size(), limits::kRunsStartedAtOnce);
}

TEST(Children, AreStoppedByTheDepthOfTheirCauses) {
  RunState state;
  state.created.cause_depth = limits::kCauseDepth - 1;
  EXPECT_EQ(refuse_depth(state), "");
  state.created.cause_depth = limits::kCauseDepth;
  EXPECT_NE(refuse_depth(state).find("17 runs would stand behind this child"), std::string::npos);
}

TEST(Children, TellTheirParentWhatBecameOfThem) {
  Graph graph = GraphBuilder().step("a").outputs(R"({"x":1})").build();
  Created created;
  created.hash = graph.hash;
  created.created_at = test::kStart;
  created.parent = Parent{test::kRun, "call[3]", 2, 4, true};
  RunState state = make_state(graph, RunId{test::kWorker.uuid});
  History history(graph, state.id);
  must(fold(graph, state, history.event("d/0", EventType::run_created, encode_created(created))));
  must(fold(graph, state,
            history.event("g1/a/1/result", EventType::step_completed, encode_outcome(completed("1")))));
  const Decided decided = decide(graph, state, {.now = history.at});
  ASSERT_TRUE(decided.row && decided.row->closes);
  ASSERT_EQ(decided.row->tells.size(), 1u);
  EXPECT_EQ(decided.row->tells[0].run, test::kRun);
  EXPECT_EQ(decided.row->tells[0].key, "g4/call[3]/2/result");
  EXPECT_EQ(must(decode_outcome(EventType::step_completed, decided.row->tells[0].data)).result,
            R"({"run":")" + to_string(state.id) + R"(","state":"completed","outputs":{"x":1}})");
}

TEST(Children, StandOnThePlaceOfTheirParentUntilTheyAreRewound) {
  Created created;
  created.group = Group{"g", 1, OnExcess::queue};
  EXPECT_TRUE(needs_place(created, 1));
  created.shared_places = {"f", "g"};
  EXPECT_FALSE(needs_place(created, 1));
  EXPECT_TRUE(needs_place(created, 2));
}

Graph endless() {
  return GraphBuilder()
      .step("work")
      .step("again")
      .after("work")
      .continue_as(R"({"inputs":{"n":2}})")
      .step("last")
      .after("again")
      .build();
}

TEST(ContinueAs, MakesTheNextRunWithTheRowThatCompletesThisOne) {
  Owner run(endless());
  run.settle();
  run.end_child("work", 1, completed("{}"));
  run.settle();
  ASSERT_TRUE(run.state.successor);
  EXPECT_EQ(run.state.successor->inputs, R"({"n":2})");
  EXPECT_EQ(run.step("again").result, R"({"run":")" + to_string(run.state.successor->run) + "\"}");
  EXPECT_TRUE(run.started.empty());
  run.end_child("last", 1, completed("{}"));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::completed);
  EXPECT_EQ(run.started, std::vector{run.state.successor->run});
  EXPECT_EQ(run.state.continued_as, run.state.successor->run);
}

TEST(ContinueAs, MakesNothingWhereTheRunFails) {
  Owner run(endless());
  run.settle();
  run.end_child("work", 1, completed("{}"));
  run.settle();
  run.end_child("last", 1, failed(ErrorClass::exit));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::failed);
  EXPECT_TRUE(run.started.empty());
}

TEST(ContinueAs, NamesTheSameRunInALaterGeneration) {
  Owner run(endless());
  run.settle();
  run.end_child("work", 1, completed("{}"));
  run.settle();
  run.end_child("last", 1, completed("{}"));
  run.settle();
  run.append(run.history.command("c1", Command{.name = "rewind", .actor = "somebody", .generation = 1}));
  run.settle();
  run.end_child("work", 1, completed("{}"));
  run.settle();
  run.end_child("last", 1, completed("{}"));
  run.settle();
  EXPECT_EQ(run.state.phase, RunPhase::completed);
  EXPECT_EQ(run.started.size(), 1u);
  EXPECT_EQ(run.step("again").result, R"({"run":")" + to_string(run.started[0]) + "\"}");
}

}  // namespace
}  // namespace callboard::run
