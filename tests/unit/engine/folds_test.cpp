#include <gtest/gtest.h>

#include "shared/run/fold.hpp"
#include "tests/support/scripted_worker.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using dispatcher::FoldSaver;
using dispatcher::StoredRun;
using Manner = ScriptedWorker::Manner;

/// A run of two steps, of which the second does not end.
struct FoldsTest : testing::Test {
  FoldsTest() {
    house.define(
        make_graph("chain", {make_step("a"), make_step("b", "noop", {0}), make_step("c", "noop", {1})}),
        false);
    owner.emplace(house, 1);
    house.time.run_for(3s);
    run = owner->start_run("chain");
    house.time.run_for(300ms);
  }

  Result<FoldSaver::Saved> save(bool whole) {
    std::optional<Result<FoldSaver::Saved>> answer;
    owner->engine().fold_saver().save(run, whole, [&](auto saved) { answer = std::move(saved); });
    house.time.run_for(100ms);
    return answer ? std::move(*answer) : fail(ErrorCode::timeout, "no answer");
  }
  Result<StoredRun> open() {
    std::optional<Result<StoredRun>> answer;
    owner->engine().fold_store().open(run, [&](auto stored) { answer = std::move(stored); });
    house.time.run_for(100ms);
    return answer ? std::move(*answer) : fail(ErrorCode::timeout, "no answer");
  }
  std::size_t stored() const {
    return house.tables.folds.contains(run) ? house.tables.folds.at(run).size() : 0;
  }

  SimHouse house;
  std::string last = "b";  // that ends
  ScriptedWorker worker{house, 9, 16, [this](const std::string& step, std::uint32_t) {
                          const bool holds = step > last;
                          return ScriptedWorker::Answer{holds ? Manner::hold : Manner::finish};
                        }};
  std::optional<SimDispatcher> owner;
  RunId run;
};

TEST_F(FoldsTest, OneStoredOnDemandHoldsTheRunUpToItsNewestCheckpoint) {
  const auto saved = save(true);
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_TRUE(saved->whole);
  EXPECT_TRUE(saved->checkpoint.id.starts_with("1.1."));
  EXPECT_EQ(saved->events, 3u);
  const auto opened = open();
  ASSERT_TRUE(opened && opened->last());
  EXPECT_EQ(opened->last()->checkpoint.id, saved->checkpoint.id);
  EXPECT_TRUE(opened->events.empty());
  EXPECT_EQ(opened->last()->state.steps[1].phase, run::StepPhase::completed);
}

TEST_F(FoldsTest, WhatIsThereAlreadyIsAnsweredAndNotStoredAgain) {
  const auto first = save(true);
  const Time at = house.tables.folds.at(run).front().at;
  const auto again = save(false);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->checkpoint.id, first->checkpoint.id);
  EXPECT_TRUE(again->whole);
  EXPECT_EQ(house.tables.folds.at(run).front().at, at);
}

TEST_F(FoldsTest, OnlyWhatChangedIsStoredBesideAWholeOneUntilAWholeOneIsAskedFor) {
  ASSERT_TRUE(save(true));
  last = "c";
  owner.reset();  // the next owner publishes `c` again
  owner.emplace(house, 2);
  house.time.run_for(10s);
  ASSERT_TRUE(house.is_closed(run));
  ASSERT_TRUE(save(false));
  EXPECT_EQ(stored(), 2u);
  const auto opened = open();
  ASSERT_TRUE(opened && opened->changed);
  EXPECT_EQ(opened->changed->state.steps[2].phase, run::StepPhase::completed);
  ASSERT_TRUE(save(true));
  EXPECT_EQ(stored(), 1u);
}

TEST_F(FoldsTest, ARunOfWhichNoLevelHasEndedHasNothingToStore) {
  last = "";
  run = owner->start_run("chain");
  house.time.run_for(300ms);
  const auto saved = save(true);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::conflict);
  EXPECT_EQ(stored(), 0u);
}

TEST_F(FoldsTest, ALongRunIsStoredWhenItCloses) {
  last = "c";
  run = owner->start_run("chain");
  house.time.run_for(300ms);
  ASSERT_TRUE(house.is_closed(run));
  ASSERT_EQ(stored(), 1u);
  EXPECT_TRUE(house.tables.folds.at(run).front().checkpoint.starts_with("1.2."));
}

TEST_F(FoldsTest, ALongRunIsStoredWhenItIsTakenOver) {
  EXPECT_EQ(stored(), 0u);
  owner.reset();
  owner.emplace(house, 2);
  house.time.run_for(10s);
  ASSERT_EQ(stored(), 1u);
  EXPECT_TRUE(house.tables.folds.at(run).front().checkpoint.starts_with("1.1."));
}

TEST_F(FoldsTest, ARunThatIsTakenOverGoesOnFromItsStoredFold) {
  ASSERT_TRUE(save(true));
  // Given that the log has forgotten what the fold holds: whoever read it would begin anew
  for (auto& [key, event] : house.tables.events) {
    if (event.key == "g1/a/1/result") event.key = "g1/a/1/begun/1";
  }
  last = "c";
  owner.reset();
  owner.emplace(house, 2);
  house.time.run_for(10s);
  EXPECT_TRUE(house.is_closed(run));
  EXPECT_EQ(worker.count("a"), 1u);
  EXPECT_GE(worker.count("c"), 2u);
}

TEST_F(FoldsTest, OneThatIsDamagedIsToldOfAndDroppedAndTheLogIsFolded) {
  ASSERT_TRUE(save(true));
  house.tables.folds.at(run).front().data.back() ^= 1;
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->last(), nullptr);
  EXPECT_EQ(opened->events.size(), 3u);
  EXPECT_EQ(stored(), 0u);
  ASSERT_EQ(owner->refused_folds().size(), 1u);
  EXPECT_TRUE(owner->refused_folds().front().contains("damaged"));
}

TEST_F(FoldsTest, OneWhoseDefinitionIsNotThereAnyMoreIsOfNoUse) {
  ASSERT_TRUE(save(true));
  house.tables.folds.at(run).front().definition = "gone";
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->last(), nullptr);
  EXPECT_EQ(stored(), 0u);
}

TEST_F(FoldsTest, OneThatStandsUnderAnotherCheckpointIsOfNoUse) {
  ASSERT_TRUE(save(true));
  house.tables.folds.at(run).front().position = 1;
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->last(), nullptr);
  EXPECT_EQ(opened->events.size(), 3u);
}

}  // namespace
}  // namespace callboard::test
