// What must hold of a run's events and of its head row.
#include "shared/log/archive/run_check.hpp"

#include <gtest/gtest.h>

#include "shared/run/pinned.hpp"
#include "tests/support/run_builder.hpp"

namespace callboard::log {
namespace {

using test::GraphBuilder;
using test::kRun;

/// A run of two steps, closed.
struct Closed {
  run::Graph graph = GraphBuilder().step("a").step("b").after("a").build();
  test::History history{graph};
  std::vector<run::Event> events{
      history.created(), history.completed("a"), history.completed("b"),
      history.decided(1, {{.type = run::EventType::run_completed, .value = "{}"}})};
  std::expected<RunHeadRow, LogProblem> fold() const {
    return fold_head(graph, *run::find_created(events), events, 64);
  }
};

std::string show(const std::vector<LogProblem>& problems) {
  std::string out;
  for (const LogProblem& problem : problems) out += problem.key + " " + problem.message + "\n";
  return out;
}

TEST(RunCheck, AGoodRunHasNoProblemAndAHeadRow) {
  const Closed run;
  EXPECT_EQ(show(check_keys(kRun, run.events)), "");
  const auto head = run.fold();
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->phase, run::RunPhase::completed);
  EXPECT_EQ(head->decisions, 2);
  EXPECT_EQ(head->closed_at, run.events.back().at);
  EXPECT_EQ(head->created_at, run.events.front().at);
  EXPECT_EQ(head->partition, partition_of(kRun, 64));
  EXPECT_TRUE(compare_heads(*head, *head).empty());
}

TEST(RunCheck, AnOpenRunHasTheDecisionsOfItsCreation) {
  Closed run;
  run.events.pop_back();
  const auto head = run.fold();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->phase, run::RunPhase::running);
  EXPECT_EQ(head->decisions, 1);
  EXPECT_EQ(head->closed_at, std::nullopt);
}

TEST(RunCheck, HolesAreNamedOnce) {
  Closed run;
  run.events.back().key = "d/3";
  EXPECT_EQ(show(check_keys(kRun, run.events)), "d/1 is missing, and all up to d/2 with it\n");
  EXPECT_EQ(show(check_keys(kRun, {run.events[1]})), "d/0 is missing\n");
  const auto head = run.fold();
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().key, "d/1");
}

TEST(RunCheck, AFoldThatFailsNamesTheKey) {
  Closed run;
  run.events[1].data = "{";
  const auto head = run.fold();
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().key, "g1/a/1/result");
  EXPECT_TRUE(head.error().message.starts_with("does not fold: ")) << head.error().message;
}

TEST(RunCheck, AHeadRowIsComparedWithTheEvents) {
  const Closed run;
  const RunHeadRow folded = *run.fold();
  RunHeadRow stored = folded;
  stored.phase = run::RunPhase::running;
  stored.closed_at = std::nullopt;
  stored.decisions = 1;
  EXPECT_EQ(compare_heads(stored, folded).size(), 3u);
  RunHeadRow open = stored;
  open.phase = run::RunPhase::waiting;
  EXPECT_TRUE(compare_heads(open, stored).empty()) << "an open run's state is shown lazily";
  RunHeadRow labelled = folded;
  labelled.labels = {{"pr", "7"}, {"team", "core"}};
  EXPECT_EQ(compare_heads(labelled, folded),
            (std::vector<std::string>{"its labels are pr:7 team:core, the events say none"}));
}

}  // namespace
}  // namespace callboard::log
