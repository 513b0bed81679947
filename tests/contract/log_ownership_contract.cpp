#include <algorithm>
#include <set>

#include "tests/contract/log_contract.hpp"

namespace callboard::test {

using Partitions = std::vector<Partition>;

TEST_P(LogContract, TwoProcessesShareThePartitions) {
  const Incarnation a = make_incarnation();
  const Incarnation b = make_incarnation();
  ASSERT_TRUE(beat(*one_, a));
  ASSERT_TRUE(beat(*other_, b));

  EXPECT_EQ(take(*one_, a, {0, 1, 2, 3}), (Partitions{0, 1, 2, 3}));
  EXPECT_EQ(take(*other_, b, {2, 3, 4}), (Partitions{4}));
  EXPECT_EQ(take(*one_, a, {}, {3, 4}), Partitions{}) << "only what is one's own can be given";
  EXPECT_EQ(take(*other_, b, {2, 3}), (Partitions{3}));

  EXPECT_EQ(beat(*one_, a)->held, (Partitions{0, 1, 2}));
  EXPECT_EQ(beat(*other_, b)->held, (Partitions{3, 4}));
  const auto live = beat(*one_, a)->dispatchers;
  EXPECT_EQ(std::set(live.begin(), live.end()), (std::set{a, b}));
}

TEST_P(LogContract, ABeatAnswersWithTheDatabasesTime) {
  const auto answer = beat(*one_, make_incarnation());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_LT(std::chrono::abs(answer->database_now - house_->now()), std::chrono::minutes(1));
}

TEST_P(LogContract, OnlyAMemberThatLivesTakesPartitions) {
  EXPECT_TRUE(take(*one_, make_incarnation(), {0}).empty());
}

TEST_P(LogContract, AKilledProcessLosesItsPartitionsAtOnce) {
  const Incarnation a = make_incarnation();
  const Incarnation b = make_incarnation();
  ASSERT_TRUE(beat(*one_, a));
  ASSERT_TRUE(beat(*other_, b));
  ASSERT_EQ(take(*other_, b, {7}), (Partitions{7}));
  EXPECT_TRUE(take(*one_, a, {7}).empty());

  other_.reset();

  const auto freed = [&] { return take(*one_, a, {7}) == Partitions{7}; };
  EXPECT_TRUE(run_until(house_->loop(), freed));
}

TEST_P(LogContract, AnExpiredLeaseIsFreeAlthoughItsHolderIsThere) {
  const Incarnation frozen = make_incarnation();
  const Incarnation next = make_incarnation();
  ASSERT_TRUE(beat(*other_, frozen));
  ASSERT_EQ(take(*other_, frozen, {9}), (Partitions{9}));

  house_->expire_leases();
  ASSERT_TRUE(beat(*one_, next));
  EXPECT_EQ(take(*one_, next, {9}), (Partitions{9}));

  const auto awake = beat(*other_, frozen);
  ASSERT_TRUE(awake);
  EXPECT_TRUE(awake->held.empty());
  EXPECT_TRUE(take(*other_, frozen, {9}).empty());
}

TEST_P(LogContract, WhoLeavesIsDeadAndItsPartitionsAreFree) {
  const Incarnation a = make_incarnation();
  const Incarnation b = make_incarnation();
  ASSERT_TRUE(beat(*one_, a));
  ASSERT_TRUE(beat(*other_, b));
  ASSERT_EQ(take(*one_, a, {1}), (Partitions{1}));

  ASSERT_TRUE(await<bool>(house_->loop(), [&](auto done) { one_->ownership().leave(a, std::move(done)); }));

  EXPECT_EQ(take(*other_, b, {1}), (Partitions{1}));
  const auto members = await<std::vector<log::Ownership::Member>>(
      house_->loop(), [&](auto done) { other_->ownership().members(std::move(done)); });
  ASSERT_TRUE(members);
  ASSERT_EQ(members->size(), 1u);
  EXPECT_EQ((*members)[0].id, b);
  EXPECT_EQ((*members)[0].pool, "default");
  EXPECT_EQ((*members)[0].slots, 4u);
}

TEST_P(LogContract, TheDeadAreThoseWhoseLeaseIsOverOrWhoseLockIsFree) {
  const Incarnation lives = make_incarnation();
  const Incarnation killed = make_incarnation();
  const Incarnation unknown = make_incarnation();
  const auto worker = log::Ownership::Role::worker;
  ASSERT_TRUE(beat(*one_, lives, worker));
  ASSERT_TRUE(beat(*other_, killed, worker));
  const auto find = [&] {
    const auto dead = await<std::vector<Incarnation>>(house_->loop(), [&](auto done) {
      one_->ownership().find_dead({lives, killed, unknown}, std::move(done));
    });
    EXPECT_TRUE(dead) << dead.error().message;
    return dead.value_or(std::vector<Incarnation>());
  };
  EXPECT_EQ(find(), (std::vector{unknown}));
  other_.reset();
  EXPECT_TRUE(run_until(house_->loop(), [&] { return find() == std::vector{killed, unknown}; }));
  house_->expire_leases();
  EXPECT_EQ(find(), (std::vector{lives, killed, unknown}));
  EXPECT_TRUE(beat(*one_, lives, worker)->dispatchers.empty()) << "workers are no dispatchers";
}

TEST_P(LogContract, OnlyTheHolderDeletesInboxRows) {
  store_definition();
  log::Arrival arrival;
  arrival.runs = {make_new_run()};
  ASSERT_TRUE(accept(*one_, arrival));
  const auto rows = read_inbox();
  ASSERT_EQ(rows.size(), 1u);
  const Incarnation holder = make_incarnation();
  const Incarnation other = make_incarnation();
  ASSERT_TRUE(beat(*one_, holder));
  ASSERT_EQ(take(*one_, holder, {rows[0].partition}).size(), 1u);
  const auto drop = [&](const Incarnation& by) {
    return await<bool>(house_->loop(),
                       [&](auto done) { one_->ownership().delete_inbox(by, rows, std::move(done)); });
  };

  EXPECT_EQ(drop(other), false);
  EXPECT_EQ(read_inbox().size(), 1u);
  EXPECT_EQ(drop(holder), true);
  EXPECT_TRUE(read_inbox().empty());
}

TEST_P(LogContract, OpenRunsAreThoseOfThePartitionThatAreNotClosed) {
  const RunId open = make_run();
  const RunId closed = make_run();
  log::Append close = make_row(closed, "d/1");
  close.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close));
  const auto read = [&](Partition partition) {
    return await<std::vector<RunId>>(
        house_->loop(), [&](auto done) { one_->ownership().open_runs(partition, std::move(done)); });
  };
  EXPECT_EQ(read(partition_of(open, limits::kPartitions)), (std::vector{open}));
  const Partition of_closed = partition_of(closed, limits::kPartitions);
  EXPECT_EQ(read(of_closed)->size(), of_closed == partition_of(open, limits::kPartitions) ? 1u : 0u);
}

TEST_P(LogContract, AShownPhaseNeverReopensARun) {
  const RunId open = make_run();
  const RunId closed = make_run();
  log::Append close = make_row(closed, "d/1");
  close.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close));

  const auto shown = await<bool>(house_->loop(), [&](auto done) {
    one_->ownership().show({{open, run::RunPhase::waiting}, {closed, run::RunPhase::waiting}},
                           std::move(done));
  });

  ASSERT_TRUE(shown);
  EXPECT_EQ(read_head(open)->phase, run::RunPhase::waiting);
  EXPECT_EQ(read_head(closed)->phase, run::RunPhase::completed);
}

TEST_P(LogContract, PlacesNeverExceedTheLimitAndAWaitingRunIsWoken) {
  constexpr std::size_t kRuns = 6;
  std::vector<RunId> runs;
  for (std::size_t i = 0; i < kRuns; ++i) runs.push_back(make_run("group"));
  std::ranges::sort(runs);
  for (const RunId& run : runs) EXPECT_EQ(read_head(run)->phase, run::RunPhase::pending);
  std::vector<RunId> admitted;
  std::size_t answers = 0;
  for (std::size_t i = 0; i < kRuns; ++i) {
    LogProcess& process = i % 2 == 0 ? *one_ : *other_;
    process.slots().admit({"group", 2, runs[i]}, make_row(runs[i], "d/1"),
                          [&, run = runs[i]](const Result<log::Slots::Admitted>& answer) {
                            ASSERT_TRUE(answer) << answer.error().message;
                            ++answers;
                            if (answer->row) admitted.push_back(run);
                          });
  }
  ASSERT_TRUE(run_until(house_->loop(), [&] { return answers == kRuns; }));
  ASSERT_EQ(admitted.size(), 2u);
  EXPECT_EQ(read_run(admitted[0])->size(), 2u) << "the decision stands where the place is taken";

  log::Append close = make_row(admitted[0], "d/2");
  close.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close));

  const auto oldest = std::ranges::find_if(
      runs, [&](const RunId& run) { return std::ranges::find(admitted, run) == admitted.end(); });
  const auto inbox = read_inbox();
  ASSERT_FALSE(inbox.empty());
  EXPECT_EQ(inbox.back().run, *oldest);
  ASSERT_TRUE(admit(*other_, "group", 2, *oldest, make_row(*oldest, "d/1")));
  EXPECT_EQ(read_run(*oldest)->back().key, "d/1");
}

TEST_P(LogContract, PlacesGoToTheOldestWhoWaitsWhoeverTriesFirst) {
  std::vector<RunId> runs{make_run("fair"), make_run("fair"), make_run("fair")};
  std::ranges::sort(runs);
  const auto try_for = [&](const RunId& run) {
    return admit(*one_, "fair", 1, run, make_row(run, "d/1")).has_value();
  };
  EXPECT_FALSE(try_for(runs[2]));
  EXPECT_FALSE(try_for(runs[1]));
  EXPECT_TRUE(try_for(runs[0]));
}

TEST_P(LogContract, EachRunOfAGroupGoesByItsOwnLimit) {
  std::vector<RunId> runs;
  for (int i = 0; i < 3; ++i) runs.push_back(make_run("own"));
  std::ranges::sort(runs);
  const auto try_for = [&](std::size_t run, std::uint32_t limit) {
    return admit(*one_, "own", limit, runs[run], make_row(runs[run], "d/1")).has_value();
  };
  const auto close = [&](std::size_t run) {
    log::Append row = make_row(runs[run], "d/2");
    row.close = {run::RunPhase::completed, {}};
    ASSERT_TRUE(append(*one_, row));
  };
  EXPECT_TRUE(try_for(0, 2));
  EXPECT_TRUE(try_for(1, 2));
  EXPECT_FALSE(try_for(2, 1));
  close(0);
  EXPECT_TRUE(read_inbox().empty() || read_inbox().back().run != runs[2])
      << "another has a place, whichever it is";
  EXPECT_FALSE(try_for(2, 1));
  close(1);
  EXPECT_EQ(read_inbox().back().run, runs[2]);
  EXPECT_TRUE(try_for(2, 1));
}

TEST_P(LogContract, ARunWithAHigherLimitIsWokenAheadOfThoseThatCanNotGo) {
  std::vector<RunId> runs;
  for (int i = 0; i < 4; ++i) runs.push_back(make_run("raised"));
  std::ranges::sort(runs);
  const auto try_for = [&](std::size_t run, std::uint32_t limit) {
    return admit(*one_, "raised", limit, runs[run], make_row(runs[run], "d/1")).has_value();
  };
  EXPECT_TRUE(try_for(0, 1));
  EXPECT_FALSE(try_for(1, 1));
  EXPECT_FALSE(try_for(2, 1));
  EXPECT_FALSE(try_for(3, 3)) << "two older ones wait for the two that are free";
  log::Append row = make_row(runs[0], "d/2");
  row.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, row));
  EXPECT_EQ(read_inbox().back().run, runs[1]);
  EXPECT_TRUE(try_for(1, 1));
  EXPECT_EQ(read_inbox().back().run, runs[3]) << "one is free for it behind the older one";
  EXPECT_TRUE(try_for(3, 3));
}

TEST_P(LogContract, WhoFindsNoPlaceWaitsFromThenOn) {
  const RunId holder = make_run();
  const RunId run = make_run();  // as one that is rewound: nothing says that it waits
  ASSERT_TRUE(admit(*one_, "again", 1, holder, make_row(holder, "d/1")));
  EXPECT_FALSE(admit(*one_, "again", 1, run, make_row(run, "d/1")));
  EXPECT_EQ(read_head(run)->phase, run::RunPhase::pending);
  EXPECT_EQ(read_run(run)->size(), 1u) << "its decision is not in the log";
  log::Append close = make_row(holder, "d/2");
  close.close = {run::RunPhase::completed, {}};
  ASSERT_TRUE(append(*one_, close));
  EXPECT_EQ(read_inbox().back().run, run);
}

TEST_P(LogContract, AWaitingRunThatStandsAsideHasTheNextWoken) {
  std::vector<RunId> runs{make_run("aside"), make_run("aside")};
  std::ranges::sort(runs);
  const Incarnation owner = make_incarnation();
  const Partition partition = partition_of(runs[0], limits::kPartitions);
  const auto stand_aside = [&](const Incarnation& holder, const std::string& unless = {}) {
    return *await<bool>(house_->loop(), [&](auto done) {
      one_->slots().stand_aside(holder, runs[0], unless, std::move(done));
    });
  };
  EXPECT_FALSE(stand_aside(owner)) << "it has no lease";
  ASSERT_TRUE(beat(*one_, owner));
  ASSERT_EQ(take(*one_, owner, {partition}).size(), 1u);
  EXPECT_FALSE(stand_aside(owner, "d/0")) << "that was said before it was resumed";
  EXPECT_FALSE(admit(*one_, "aside", 1, runs[1], make_row(runs[1], "d/1")));
  EXPECT_TRUE(stand_aside(owner, "d/1"));
  EXPECT_EQ(read_inbox().back().run, runs[1]);
  EXPECT_FALSE(stand_aside(owner)) << "it waits no more";
  EXPECT_TRUE(admit(*one_, "aside", 1, runs[1], make_row(runs[1], "d/1")));
}

TEST_P(LogContract, WhoStandsInAGroupIsListedYoungestFirst) {
  std::vector<RunId> runs{make_run("listed"), make_run("listed"), make_run("listed"), make_run("other")};
  std::ranges::sort(runs.begin(), runs.begin() + 3);
  ASSERT_TRUE(admit(*one_, "listed", 1, runs[0], make_row(runs[0], "d/1")));
  const auto list = [&](int limit) {
    return *await<std::vector<log::Slots::Standing>>(
        house_->loop(), [&](auto done) { other_->slots().standing("listed", limit, std::move(done)); });
  };
  using Standing = log::Slots::Standing;
  EXPECT_EQ(list(10), (std::vector<Standing>{{runs[2], false}, {runs[1], false}, {runs[0], true}}));
  EXPECT_EQ(list(1), (std::vector<Standing>{{runs[2], false}}));
}

TEST_P(LogContract, AnAdmissionThatLosesItsDecisionTakesNoPlace) {
  const RunId loser = make_run();
  const RunId winner = make_run();
  ASSERT_TRUE(append(*other_, make_row(loser, "d/1")));
  const auto refused = await<log::Slots::Admitted>(house_->loop(), [&](auto done) {
    one_->slots().admit({"lone", 1, loser}, make_row(loser, "d/1"), std::move(done));
  });
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  const log::Append row = make_row(winner, "d/1");
  const auto first = admit(*one_, "lone", 1, winner, row);
  const auto again = admit(*one_, "lone", 1, winner, row);
  ASSERT_TRUE(first && again) << "sent again, its reply was lost";
  EXPECT_EQ(first->position, again->position);
  EXPECT_EQ(first->at, again->at);
  EXPECT_EQ(first->data, row.data);
  EXPECT_FALSE(admit(*one_, "lone", 1, loser, make_row(loser, "d/2")));
}

TEST_P(LogContract, WhoLeavesTheQueueWakesTheNext) {
  const RunId first = make_run("g");
  const RunId second = make_run("g");
  const RunId older = std::min(first, second);
  const RunId younger = std::max(first, second);
  EXPECT_FALSE(admit(*one_, "g", 1, younger, make_row(younger, "d/1")));
  log::Append close = make_row(older, "d/1");
  close.close = {run::RunPhase::cancelled, {}};
  ASSERT_TRUE(append(*one_, close));

  const auto inbox = read_inbox();
  ASSERT_EQ(inbox.size(), 1u);
  EXPECT_EQ(inbox[0].run, younger);
}

TEST_P(LogContract, LostAttemptsAreListedNewestRunFirstAndPageByPage) {
  store_definition("other", "hash-2");
  std::vector<RunId> runs{make_run(), make_run()};
  std::ranges::sort(runs);
  log::Arrival arrival;
  arrival.runs = {make_new_run("hash-2")};
  arrival.runs[0].workflow = "other";
  const RunId of_other = arrival.runs[0].id;
  ASSERT_TRUE(accept(*one_, std::move(arrival)));
  const auto lose = [&](const RunId& run, const std::string& key) {
    log::Append row = make_row(run, key);
    row.type = run::EventType::step_lost;
    return append(*one_, std::move(row))->stored.at;
  };
  ASSERT_TRUE(append(*one_, make_row(runs[0], "g1/a/1/result")));
  const Time first = lose(runs[0], "g1/b/1/result");
  lose(runs[0], "g1/b/2/result");
  const Time last = lose(runs[1], "g1/a/1/result");
  lose(of_other, "g1/a/1/result");
  const auto list = [&](log::Library::LostFilter filter) {
    const auto found = await<std::vector<log::LostAttempt>>(
        house_->loop(), [&](auto done) { other_->library().lost_attempts(filter, std::move(done)); });
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(std::vector<log::LostAttempt>());
  };

  const auto page = list({.workflow = "review", .since = {}, .until = {}, .before = {}, .limit = 2});
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].outcome.run, runs[1]);
  EXPECT_EQ(page[0].workflow, "review");
  EXPECT_EQ(page[0].outcome.data, R"({"v":1})");
  EXPECT_EQ(page[1].outcome.key, "g1/b/2/result");
  const log::EventLog::KeyOf cursor{page[1].outcome.run, page[1].outcome.key};
  const auto rest = list({.workflow = "review", .since = {}, .until = {}, .before = cursor, .limit = 2});
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].outcome.key, "g1/b/1/result");
  EXPECT_EQ(list({.workflow = {}, .since = {}, .until = {}, .before = {}}).size(), 4u);
  EXPECT_EQ(list({.workflow = {}, .since = {}, .until = first, .before = {}}).size(), 0u);
  EXPECT_GE(list({.workflow = "review", .since = last, .until = {}, .before = {}}).size(), 1u);
}

}  // namespace callboard::test
