#include <algorithm>

#include "tests/contract/log_contract.hpp"

// What hangs on a row of decisions: runs that it makes, and rows of other runs.
namespace callboard::test {
namespace {

log::Append make_deciding(log::Append row, std::vector<log::NewRun> runs) {
  row.type = run::EventType::step_started;
  row.runs = std::move(runs);
  return row;
}

bool names(const std::vector<log::Ownership::InboxRow>& inbox, const RunId& run) {
  return std::ranges::find(inbox, run, &log::Ownership::InboxRow::run) != inbox.end();
}

}  // namespace

TEST_P(LogContract, ARowMakesRunsInItsOwnTransactionAndAtItsOwnTime) {
  const RunId parent = make_run();
  log::NewRun child = make_new_run();
  log::NewRun told = make_new_run();
  child.inbox = false;
  told.inbox = true;
  const auto appended = append(*one_, make_deciding(make_row(parent, "d/1"), {child, told}));
  ASSERT_TRUE(appended && appended->won);

  const auto events = read_run(child.id);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().key, "d/0");
  EXPECT_EQ(events->front().data, child.created);
  EXPECT_EQ(events->front().at, appended->stored.at);
  const auto head = read_head(child.id);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->phase, run::RunPhase::running);
  EXPECT_EQ(head->created_at, appended->stored.at);
  EXPECT_FALSE(names(read_inbox(), child.id));
  EXPECT_TRUE(names(read_inbox(), told.id));
}

TEST_P(LogContract, RunsAreListedByTheRunThatStartedThem) {
  const RunId parent = make_run();
  std::vector<log::NewRun> children{make_new_run(), make_new_run(), make_new_run()};
  for (log::NewRun& child : children) child.parent = parent;
  ASSERT_TRUE(append(*one_, make_deciding(make_row(parent, "d/1"), {children[0], children[1]}))->won);
  log::Arrival arrival;
  arrival.runs = {children[2], make_new_run()};
  ASSERT_TRUE(accept(*one_, arrival));
  make_run();
  const auto list = [&](log::Library::RunFilter filter) {
    const auto heads = await<std::vector<log::RunHead>>(
        house_->loop(), [&](auto done) { other_->library().runs(std::move(filter), std::move(done)); });
    EXPECT_TRUE(heads) << heads.error().message;
    std::vector<RunId> ids;
    for (const log::RunHead& head : *heads) ids.push_back(head.id);
    return ids;
  };
  std::vector<RunId> expected{children[0].id, children[1].id, children[2].id};
  std::ranges::sort(expected, std::greater());

  log::Library::RunFilter filter;
  filter.parent = parent;
  EXPECT_EQ(list(filter), expected) << "newest first";
  filter.limit = 1;
  filter.before = expected[0];
  EXPECT_EQ(list(filter), std::vector<RunId>{expected[1]});
  filter = {.phase = {}, .workflow = "another", .since = {}, .until = {}, .parent = parent, .before = {}};
  EXPECT_TRUE(list(filter).empty());
  filter = {.phase = {}, .workflow = {}, .since = {}, .until = {}, .parent = children[0].id, .before = {}};
  EXPECT_TRUE(list(filter).empty());
}

TEST_P(LogContract, ARowThatLosesMakesNothing) {
  const RunId parent = make_run();
  ASSERT_TRUE(append(*one_, make_row(parent, "d/1")));
  const log::NewRun child = make_new_run();
  log::Append row = make_deciding(make_row(parent, "d/1"), {child});
  const RunId other = make_run();
  row.others.push_back({other, "cmd/x", run::EventType::command_received, next_writer(), R"({"v":1})"});

  const auto lost = append(*other_, row);

  ASSERT_TRUE(lost);
  EXPECT_FALSE(lost->won);
  EXPECT_FALSE(read_head(child.id));
  EXPECT_EQ(read_run(other)->size(), 1u);
}

TEST_P(LogContract, ARowSentAgainMakesItsRunsOnce) {
  const RunId parent = make_run();
  const log::NewRun child = make_new_run();
  const log::Append row = make_deciding(make_row(parent, "d/1"), {child});
  ASSERT_TRUE(append(*one_, row)->won);
  ASSERT_TRUE(append(*one_, row)->won);
  EXPECT_EQ(read_run(child.id)->size(), 1u);
}

TEST_P(LogContract, ACloseTellsAnotherRunThatIsOpenAndWhatStandsThereStays) {
  const RunId parent = make_run();
  const RunId child = make_run();
  const RunId second = make_run();
  const auto close = [&](const RunId& run, std::string data) {
    log::Append row = make_row(run, "d/1");
    row.type = run::EventType::run_completed;
    row.close = {run::RunPhase::completed, {}};
    row.others.push_back(
        {parent, "g1/call/1/result", run::EventType::step_completed, next_writer(), std::move(data)});
    return append(*one_, row);
  };
  const std::string big = R"({"v":1,"result":")" + std::string(limits::kEventInlineBytes, 'x') + "\"}";
  ASSERT_TRUE(close(child, big)->won);
  ASSERT_TRUE(close(second, R"({"v":1,"result":2})")->won);

  const auto events = read_run(parent);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->back().key, "g1/call/1/result");
  EXPECT_EQ(events->back().type, run::EventType::step_completed);
  EXPECT_EQ(events->back().data, big);
  EXPECT_TRUE(names(read_inbox(), parent));
  EXPECT_EQ(read_head(child)->phase, run::RunPhase::completed);
  EXPECT_EQ(read_head(second)->phase, run::RunPhase::completed);
}

TEST_P(LogContract, AClosedRunIsToldNothing) {
  const RunId parent = make_run();
  log::Append close = make_row(parent, "d/1");
  close.close = {run::RunPhase::cancelled, {}};
  ASSERT_TRUE(append(*one_, close)->won);
  log::Append row = make_row(make_run(), "d/1");
  row.others.push_back(
      {parent, "g1/call/1/result", run::EventType::step_completed, next_writer(), R"({"v":1})"});
  ASSERT_TRUE(append(*one_, row)->won);
  EXPECT_EQ(read_run(parent)->size(), 2u);
}

TEST_P(LogContract, ACloseMakesTheRunThatGoesOnWhichMayWaitForItsPlace) {
  const RunId first = make_run("g");
  log::NewRun next = make_new_run();
  next.group = "g";
  log::Append close = make_deciding(make_row(first, "d/1"), {next});
  close.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close)->won);
  EXPECT_EQ(read_head(first)->phase, run::RunPhase::completed);
  EXPECT_EQ(read_head(next.id)->phase, run::RunPhase::pending);
}

TEST_P(LogContract, OnlyARowOfDecisionsMakesRuns) {
  log::Append row = make_row(make_run(), "g1/a/1/result");
  row.runs.push_back(make_new_run());
  EXPECT_EQ(append(*one_, row).error().code, ErrorCode::invalid);
}

}  // namespace callboard::test
