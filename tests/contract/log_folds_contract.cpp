#include <algorithm>

#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using Opened = log::Folds::Opened;

std::vector<std::string> keys_of(const Opened& opened) {
  std::vector<std::string> keys;
  for (const run::Event& event : opened.events) keys.push_back(event.key);
  return keys;
}

/// A fold of everything that was read, but for the last `lacking` events.
log::StoredFold fold_of(const RunId& run, const Opened& read, std::string checkpoint,
                        std::size_t lacking = 0) {
  log::StoredFold fold;
  fold.run = run;
  fold.checkpoint = std::move(checkpoint);
  fold.definition = "hash-1";
  const std::size_t in = read.events.size() - lacking;
  fold.position = read.events.at(in - 1).position;
  fold.events = static_cast<std::uint32_t>(in);
  fold.seen = read.seen;
  fold.since = read.settled;
  for (std::size_t i = in; i < read.events.size(); ++i)
    fold.since = std::min(fold.since, read.transactions.at(i));
  fold.data = std::string("fold ") + '\0' + fold.checkpoint;
  return fold;
}

class LogFolds : public LogContract {
 protected:
  Opened open(const RunId& run) {
    auto opened = await<Opened>(house_->loop(), [&](auto done) { one_->folds().open(run, std::move(done)); });
    EXPECT_TRUE(opened) << opened.error().message;
    return opened.value_or(Opened());
  }
  bool save(log::StoredFold fold) {
    const auto saved = await<bool>(
        house_->loop(), [&](auto done) { other_->folds().save(std::move(fold), std::move(done)); });
    EXPECT_TRUE(saved) << saved.error().message;
    return saved.value_or(false);
  }
  std::vector<log::StoredFold> list(const RunId& run) {
    return *await<std::vector<log::StoredFold>>(house_->loop(),
                                                [&](auto done) { one_->folds().list(run, std::move(done)); });
  }
  std::vector<RunId> stored_runs(const RunId& like) {
    const Partition partition = partition_of(like, limits::kPartitions);
    return *await<std::vector<RunId>>(
        house_->loop(), [&](auto done) { one_->folds().stored_runs(partition, std::move(done)); });
  }
  void append_result(const RunId& run, const std::string& step) {
    ASSERT_TRUE(append(*one_, make_row(run, "g1/" + step + "/1/result")));
  }
};

}  // namespace

TEST_P(LogFolds, ARunOfWhichNothingIsStoredIsOpenedWhole) {
  const RunId run = make_run();
  append_result(run, "a");
  const Opened opened = open(run);
  EXPECT_TRUE(opened.folds.empty());
  EXPECT_EQ(keys_of(opened), (std::vector<std::string>{"d/0", "g1/a/1/result"}));
  EXPECT_EQ(opened.transactions.size(), 2u);
}

TEST_P(LogFolds, AStoredFoldComesWithTheEventsThatItLacksAlone) {
  const RunId run = make_run();
  append_result(run, "a");
  append_result(run, "b");
  log::StoredFold fold = fold_of(run, open(run), "1.0.aa", 1);
  ASSERT_TRUE(save(fold));
  append_result(run, "c");
  append_result(make_run(), "a");

  const Opened opened = open(run);

  ASSERT_EQ(opened.folds.size(), 1u);
  const log::StoredFold& stored = opened.folds.front();
  EXPECT_EQ(stored.run, run);
  EXPECT_EQ(stored.checkpoint, "1.0.aa");
  EXPECT_EQ(stored.base, "");
  EXPECT_EQ(stored.definition, "hash-1");
  EXPECT_EQ(stored.position, fold.position);
  EXPECT_EQ(stored.events, 2u);
  EXPECT_EQ(stored.data, fold.data);
  EXPECT_GT(stored.at, Time());
  EXPECT_EQ(keys_of(opened), (std::vector<std::string>{"g1/b/1/result", "g1/c/1/result"}));
}

TEST_P(LogFolds, WhatChangedRestsOnAWholeOneAndTheRestIsCountedFromThere) {
  const RunId run = make_run();
  append_result(run, "a");
  ASSERT_TRUE(save(fold_of(run, open(run), "1.0.aa")));
  append_result(run, "b");
  Opened read = open(run);
  log::StoredFold changes = fold_of(run, read, "1.1.bb");
  changes.base = "1.0.aa";
  ASSERT_TRUE(save(changes));
  append_result(run, "c");
  changes = fold_of(run, open(run), "1.2.cc");
  changes.base = "1.0.aa";
  ASSERT_TRUE(save(changes));
  append_result(run, "d");

  const Opened opened = open(run);

  ASSERT_EQ(opened.folds.size(), 2u);
  EXPECT_EQ(opened.folds[0].checkpoint, "1.0.aa");
  EXPECT_EQ(opened.folds[1].checkpoint, "1.2.cc");
  EXPECT_EQ(keys_of(opened), (std::vector<std::string>{"g1/d/1/result"}));
}

TEST_P(LogFolds, WhatChangedIsNotStoredWithoutTheWholeOneThatItRestsOn) {
  const RunId run = make_run();
  log::StoredFold changes = fold_of(run, open(run), "1.1.bb");
  changes.base = "1.0.aa";
  EXPECT_FALSE(save(changes));
  ASSERT_TRUE(save(fold_of(run, open(run), "1.0.other")));
  EXPECT_FALSE(save(changes));
  EXPECT_EQ(list(run).size(), 1u);
}

TEST_P(LogFolds, AWholeOneTakesThePlaceOfAll) {
  const RunId run = make_run();
  const Opened read = open(run);
  ASSERT_TRUE(save(fold_of(run, read, "1.0.aa")));
  log::StoredFold changes = fold_of(run, read, "1.1.bb");
  changes.base = "1.0.aa";
  ASSERT_TRUE(save(changes));
  ASSERT_TRUE(save(fold_of(run, read, "1.2.cc")));
  const auto folds = list(run);
  ASSERT_EQ(folds.size(), 1u);
  EXPECT_EQ(folds.front().checkpoint, "1.2.cc");
  EXPECT_EQ(folds.front().data, "");
}

TEST_P(LogFolds, DroppedOnesAreGoneAndTheRunIsOpenedWholeAgain) {
  const RunId run = make_run();
  ASSERT_TRUE(save(fold_of(run, open(run), "1.0.aa")));
  const auto drop = [&] {
    return *await<int>(house_->loop(), [&](auto done) { one_->folds().drop(run, std::move(done)); });
  };
  EXPECT_EQ(drop(), 1);
  EXPECT_EQ(drop(), 0);
  EXPECT_TRUE(list(run).empty());
  EXPECT_EQ(open(run).events.size(), 1u);
}

TEST_P(LogFolds, ARunThatDoesNotExistIsNotFoundAndNothingIsStoredOfIt) {
  const RunId none = make_run_id();
  const auto opened =
      await<Opened>(house_->loop(), [&](auto done) { one_->folds().open(none, std::move(done)); });
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::not_found);
  const RunId run = make_run();
  log::StoredFold fold = fold_of(run, open(run), "1.0.aa");
  fold.run = none;
  EXPECT_FALSE(save(fold));
}

TEST_P(LogFolds, OpenRunsThatHaveOneAreNamedByPartition) {
  const RunId open_one = make_run();
  const RunId closed = make_run();
  for (const RunId& run : {open_one, closed}) ASSERT_TRUE(save(fold_of(run, open(run), "1.0.aa")));
  log::Append close = make_row(closed, "d/1");
  close.close = log::Append::Close{run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close));
  EXPECT_EQ(std::ranges::count(stored_runs(open_one), open_one), 1);
  EXPECT_EQ(std::ranges::count(stored_runs(closed), closed), 0);
}

INSTANTIATE_TEST_SUITE_P(Log, LogFolds, testing::Values(&make_memory_house, &make_postgres_house),
                         [](const auto& house) { return house.index == 0 ? "Memory" : "Postgres"; });

}  // namespace callboard::test
