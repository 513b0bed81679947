#include <algorithm>

#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using Events = std::vector<run::Event>;

/// Appends all at once and waits for every answer.
std::vector<Result<log::Appended>> append_all(runtime::AsioLoop& loop, LogProcess& process,
                                              std::vector<log::Append> rows) {
  auto answers = std::make_shared<std::vector<std::optional<Result<log::Appended>>>>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    process.events().append(std::move(rows[i]), [answers, i](Result<log::Appended> result) {
      (*answers)[i] = std::move(result);
    });
  }
  const auto all = [&] {
    return std::ranges::all_of(*answers, [](const auto& answer) { return answer.has_value(); });
  };
  EXPECT_TRUE(run_until(loop, all));
  std::vector<Result<log::Appended>> out;
  for (auto& answer : *answers)
    out.push_back(answer ? std::move(*answer) : fail(ErrorCode::timeout, "no answer"));
  return out;
}

}  // namespace

TEST_P(LogContract, TheFirstWriterOfAKeyWinsAndTheLoserSeesItsRow) {
  const RunId run = make_run_id();
  const log::Append first = make_row(run, "g1/lint/1/result", R"({"v":1,"result":1})");
  const log::Append second = make_row(run, "g1/lint/1/result", R"({"v":1,"result":2})");

  const auto won = append(*one_, first);
  const auto lost = append(*other_, second);

  ASSERT_TRUE(won && lost);
  EXPECT_TRUE(won->won);
  EXPECT_FALSE(lost->won);
  EXPECT_EQ(lost->stored.data, first.data);
  EXPECT_EQ(lost->stored.writer, first.writer);
  EXPECT_EQ(lost->stored.position, won->stored.position);
  EXPECT_EQ(lost->stored.at, won->stored.at);
}

TEST_P(LogContract, TheSameRowSentAgainHasWon) {
  const log::Append row = make_row(make_run_id(), "g1/lint/1/result");
  const auto first = append(*one_, row);
  const auto again = append(*one_, row);

  ASSERT_TRUE(first && again);
  EXPECT_TRUE(again->won);
  EXPECT_EQ(again->stored.position, first->stored.position);
  EXPECT_EQ(read_run(row.run)->size(), 1u);
}

TEST_P(LogContract, OfTwoRowsOfOneKeyInOneCommitOneWins) {
  const RunId run = make_run_id();
  const auto answers = append_all(house_->loop(), *one_, {make_row(run, "d/1"), make_row(run, "d/1")});

  ASSERT_TRUE(answers[0] && answers[1]);
  EXPECT_NE(answers[0]->won, answers[1]->won);
  EXPECT_EQ(answers[0]->stored.writer, answers[1]->stored.writer);
}

TEST_P(LogContract, NoCallbackRunsInsideTheCall) {
  bool called = false;
  one_->events().append(make_row(make_run_id(), "d/1"), [&](const Result<log::Appended>&) { called = true; });
  EXPECT_FALSE(called);
  EXPECT_TRUE(run_until(house_->loop(), [&] { return called; }));
}

TEST_P(LogContract, ARunIsReadInTheOrderOfItsPositions) {
  const RunId run = make_run();
  ASSERT_TRUE(append(*one_, make_row(run, "g1/b/1/result")));
  ASSERT_TRUE(append(*other_, make_row(run, "g1/a/1/result")));
  ASSERT_TRUE(append(*one_, make_row(run, "d/1")));

  const auto events = read_run(run);
  ASSERT_TRUE(events) << events.error().message;
  std::vector<std::string> keys;
  for (const run::Event& event : *events) keys.push_back(event.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"d/0", "g1/b/1/result", "g1/a/1/result", "d/1"}));
  EXPECT_TRUE(std::ranges::is_sorted(*events, {}, &run::Event::position));
}

TEST_P(LogContract, ARunThatIsNotThereIsNotFound) {
  const auto events = read_run(make_run_id());
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code, ErrorCode::not_found);
}

TEST_P(LogContract, KeysOfManyRunsAreReadInOneQuestion) {
  const RunId a = make_run_id();
  const RunId b = make_run_id();
  ASSERT_TRUE(append(*one_, make_row(a, "g1/x/1/result", "A")));
  ASSERT_TRUE(append(*one_, make_row(b, "g1/x/1/result", "B")));

  const auto events = await<Events>(house_->loop(), [&](auto done) {
    one_->events().read_keys({{a, "g1/x/1/result"}, {b, "g1/x/1/result"}, {b, "g1/y/1/result"}},
                             std::move(done));
  });

  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_NE((*events)[0].data, (*events)[1].data);
}

TEST_P(LogContract, DataComesBackWholeOnBothSidesOfTheInlineLimit) {
  const RunId run = make_run_id();
  const std::string looks_like_a_reference = R"({"blob":")" + std::string(64, 'a') + "\"}";
  const std::vector<std::string> datas{"",
                                       std::string(1, '\0'),
                                       std::string(limits::kEventInlineBytes - 1, 'a'),
                                       std::string(limits::kEventInlineBytes, 'b'),
                                       std::string(limits::kEventInlineBytes + 1, 'c'),
                                       std::string(limits::kEventBytes, 'd'),
                                       looks_like_a_reference};
  for (std::size_t i = 0; i < datas.size(); ++i) {
    const auto won = append(*one_, make_row(run, "g1/s/" + std::to_string(i + 1) + "/result", datas[i]));
    ASSERT_TRUE(won && won->won);
    const auto lost = append(*other_, make_row(run, "g1/s/" + std::to_string(i + 1) + "/result", "other"));
    ASSERT_TRUE(lost);
    EXPECT_TRUE(!lost->won && lost->stored.data == datas[i]) << i;
  }
  const auto events = read_run(run);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), datas.size());
  for (std::size_t i = 0; i < datas.size(); ++i) EXPECT_TRUE((*events)[i].data == datas[i]) << i;
}

TEST_P(LogContract, DataBeyondTheLimitIsTooLarge) {
  const auto refused =
      append(*one_, make_row(make_run_id(), "d/1", std::string(limits::kEventBytes + 1, 'x')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
}

TEST_P(LogContract, OneBadRowFailsAloneAmongAHundred) {
  std::vector<log::Append> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(make_row(make_run_id(), "g1/s/1/result"));
  rows[17].key = std::string(limits::kKeyBytes + 1, 'k');
  rows[63].key = std::string("nul\0byte", 8);
  rows[64].key = "not utf-8 \xff";

  const auto answers = append_all(house_->loop(), *one_, rows);

  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool bad = i == 17 || i == 63 || i == 64;
    EXPECT_EQ(answers[i].has_value(), !bad) << i;
    if (bad && !answers[i]) EXPECT_EQ(answers[i].error().code, ErrorCode::invalid);
  }
  EXPECT_EQ(read_run(rows[99].run)->size(), 1u);
}

TEST_P(LogContract, TheQueueIsBounded) {
  std::vector<log::Append> rows;
  const std::size_t bytes = limits::kEventBytes;
  const std::size_t fit = limits::kAppendQueueBytes / (bytes + 8);
  for (std::size_t i = 0; i < fit + 3; ++i)
    rows.push_back(make_row(make_run_id(), "d/1", std::string(bytes, 'x')));

  const auto answers = append_all(house_->loop(), *one_, std::move(rows));

  const auto refused = std::ranges::count_if(answers, [](const auto& answer) { return !answer; });
  EXPECT_GE(refused, 1);
  EXPECT_LE(refused, 4);
  EXPECT_EQ(answers.back().error().code, ErrorCode::too_large);
  EXPECT_TRUE(append(*one_, make_row(make_run_id(), "d/1"))) << "there is room again";
}

TEST_P(LogContract, ACloseThatWinsUpdatesTheHeadAndFillsTheFreeKeys) {
  const RunId run = make_run();
  ASSERT_TRUE(append(*one_, make_row(run, "g1/a/1/result", "mine")));
  log::Append close = make_row(run, "d/1");
  close.type = run::EventType::run_cancelled;
  close.close = {run::RunPhase::cancelled, {"g1/a/1/result", "g1/b/1/result"}};

  const auto closed = append(*one_, close);
  ASSERT_TRUE(closed && closed->won);

  const auto head = read_head(run);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->phase, run::RunPhase::cancelled);
  EXPECT_EQ(head->closed_at, closed->stored.at);
  auto events = await<Events>(house_->loop(), [&](auto done) {
    one_->events().read_keys({{run, "g1/a/1/result"}, {run, "g1/b/1/result"}}, std::move(done));
  });
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2u);
  std::ranges::sort(*events, {}, &run::Event::key);
  EXPECT_EQ((*events)[0].data, "mine");
  EXPECT_EQ((*events)[1].type, run::EventType::step_failed);
  const auto outcome = run::decode_outcome((*events)[1].type, (*events)[1].data);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error.error_class, run::ErrorClass::cancelled);
}

TEST_P(LogContract, ACloseThatLosesChangesNothing) {
  const RunId run = make_run();
  ASSERT_TRUE(append(*other_, make_row(run, "d/1")));
  log::Append close = make_row(run, "d/1");
  close.close = {run::RunPhase::failed, {"g1/b/1/result"}};

  const auto lost = append(*one_, close);

  ASSERT_TRUE(lost);
  EXPECT_FALSE(lost->won);
  EXPECT_EQ(read_head(run)->phase, run::RunPhase::running);
  EXPECT_FALSE(read_head(run)->closed_at);
  EXPECT_EQ(read_run(run)->size(), 2u);
}

TEST_P(LogContract, ClosesOfEveryKindShareACommit) {
  const std::vector<RunId> runs{make_run(), make_run(), make_run(), make_run()};
  const std::vector<run::RunPhase> phases{run::RunPhase::completed, run::RunPhase::failed,
                                          run::RunPhase::cancelled, run::RunPhase::completed};
  std::vector<log::Append> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    rows.push_back(make_row(runs[i], "d/1"));
    rows.back().close = {phases[i], {}};
    rows.push_back(make_row(runs[i], "g1/a/1/result"));
  }
  const auto answers = append_all(house_->loop(), *one_, rows);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i] && answers[i]->won);
    EXPECT_EQ(answers[i]->stored.key, rows[i].key) << "every caller is answered with its own row";
    EXPECT_EQ(answers[i]->stored.run, rows[i].run);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(read_head(runs[i])->phase, phases[i]);
}

TEST_P(LogContract, ARowThatTheOwnerCantExpectHasAnInboxRowIfItWon) {
  const RunId run = make_run();
  log::Append command = make_row(run, "cmd/1");
  command.inbox = true;
  ASSERT_TRUE(append(*other_, command));
  log::Append second = make_row(run, "cmd/1");
  second.inbox = true;
  ASSERT_TRUE(append(*other_, second));

  const auto rows = read_inbox();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].run, run);
  EXPECT_EQ(rows[0].partition, partition_of(run, limits::kPartitions));
}

TEST_P(LogContract, BeginningAgainCountsTheRowsInTheLogUpToTheLimit) {
  const RunId run = make_run();
  const Incarnation worker = make_incarnation();
  const auto begin = [&](Writer writer) {
    return await<log::EventLog::Begun>(house_->loop(), [&](auto done) {
      one_->events().begin_again(run, "build", 1, 1, writer, worker, std::move(done));
    });
  };
  for (int k = 1; k <= limits::kPoisonBegins; ++k) {
    const Writer writer = next_writer();
    const auto begun = begin(writer);
    ASSERT_TRUE(begun) << begun.error().message;
    EXPECT_EQ(begun->k, k);
    EXPECT_EQ(begun->begins, k);
    EXPECT_EQ(begin(writer)->k, k) << "the same handling asks again";
  }
  const auto poison = begin(next_writer());
  ASSERT_TRUE(poison);
  EXPECT_EQ(poison->k, 0);
  EXPECT_EQ(poison->begins, limits::kPoisonBegins);
}

TEST_P(LogContract, ManyThatBeginAgainAtOnceAreCountedEachByItself) {
  // given attempts of which some have an outcome, some were begun, one is asked for by two handlings
  constexpr std::size_t kRuns = 300;
  std::vector<RunId> runs;
  for (std::size_t i = 0; i < kRuns; ++i) {
    runs.push_back(make_run_id());
    if (i % 3 == 1) ASSERT_TRUE(append(*one_, make_row(runs[i], run::result_key("build", 1))));
  }
  runs.push_back(runs.front());
  // when they are asked for in one turn
  std::vector<std::optional<log::EventLog::Begun>> answers(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    one_->events().begin_again(runs[i], "build", 1, 1, next_writer(), make_incarnation(),
                               [&answers, i](Result<log::EventLog::Begun> begun) {
                                 if (begun) answers[i] = std::move(*begun);
                               });
  }
  ASSERT_TRUE(run_until(house_->loop(), [&] {
    return std::ranges::all_of(answers, [](const auto& answer) { return answer.has_value(); });
  }));
  // then each has its own count
  EXPECT_EQ(answers.front()->k + answers.back()->k, 3) << "one is the first to begin, the other the second";
  for (std::size_t i = 1; i < kRuns; ++i) {
    EXPECT_EQ(answers[i]->k, i % 3 == 1 ? 0 : 1) << i;
    EXPECT_EQ(answers[i]->result.has_value(), i % 3 == 1) << i;
  }
}

TEST_P(LogContract, ManyQuestionsAskedAtOnceAreAnsweredEachByItself) {
  constexpr std::size_t kRuns = 300;
  std::vector<RunId> runs;
  std::vector<log::Append> rows;
  for (std::size_t i = 0; i < kRuns; ++i) {
    runs.push_back(make_run_id());
    rows.push_back(make_row(runs[i], "g1/x/1/result", std::to_string(i)));
    if (i % 2 == 0) rows.push_back(make_row(runs[i], "d/1"));
  }
  append_all(house_->loop(), *one_, rows);
  std::vector<Events> whole(kRuns);
  std::vector<Events> keys(kRuns);
  std::size_t open = 2 * kRuns;
  for (std::size_t i = 0; i < kRuns; ++i) {
    one_->events().read_run(runs[i], [&, i](Result<Events> events) {
      if (events) whole[i] = std::move(*events);
      --open;
    });
    one_->events().read_keys({{runs[i], "g1/x/1/result"}, {runs[i], "g1/y/1/result"}},
                             [&, i](Result<Events> events) {
                               if (events) keys[i] = std::move(*events);
                               --open;
                             });
  }
  ASSERT_TRUE(run_until(house_->loop(), [&] { return open == 0; }));
  for (std::size_t i = 0; i < kRuns; ++i) {
    EXPECT_EQ(whole[i].size(), i % 2 == 0 ? 2u : 1u) << i;
    ASSERT_EQ(keys[i].size(), 1u) << i;
    EXPECT_EQ(keys[i][0].data, std::to_string(i));
  }
}

TEST_P(LogContract, BeginningAgainAnswersWithWhatIsThere) {
  const RunId run = make_run();
  log::Append started = make_row(run, run::started_key("build", 1), "S");
  started.type = run::EventType::step_started;
  ASSERT_TRUE(append(*one_, started));
  ASSERT_TRUE(append(*one_, make_row(run, run::result_key("build", 1), "R")));
  ASSERT_TRUE(append(*one_, make_row(run, run::result_key("build", 10), "another attempt's")));

  const auto begun = await<log::EventLog::Begun>(house_->loop(), [&](auto done) {
    other_->events().begin_again(run, "build", 1, 1, next_writer(), make_incarnation(), std::move(done));
  });

  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->k, 0);
  ASSERT_TRUE(begun->result && begun->started);
  EXPECT_EQ(begun->result->data, "R");
  EXPECT_EQ(begun->started->data, "S");
}

TEST_P(LogContract, TheTailIsReadInPages) {
  const RunId run = make_run_id();
  std::vector<std::string> keys;
  for (int i = 0; i < 5; ++i) {
    keys.push_back("g1/s/" + std::to_string(i + 1) + "/result");
    ASSERT_TRUE(append(*one_, make_row(run, keys.back())));
    ASSERT_TRUE(append(*one_, make_row(make_run_id(), "d/1")));
  }
  const auto read = [&](std::optional<RunId> of, std::string cursor) {
    return await<log::EventLog::Tail>(house_->loop(), [&](auto done) {
      one_->events().read_tail(of, std::move(cursor), 2, std::move(done));
    });
  };
  for (const bool of_one_run : {true, false}) {
    std::vector<std::string> seen;
    std::size_t all = 0;
    std::string cursor;
    for (int page = 0; page < 10; ++page) {
      const auto tail = read(of_one_run ? std::optional(run) : std::nullopt, cursor);
      ASSERT_TRUE(tail) << tail.error().message;
      for (const run::Event& event : tail->events) {
        ++all;
        if (event.run == run) seen.push_back(event.key);
      }
      cursor = tail->cursor;
    }
    EXPECT_EQ(seen, keys);
    EXPECT_EQ(all, of_one_run ? 5u : 10u);
  }
  EXPECT_EQ(read(run, "nonsense").error().code, ErrorCode::invalid);
}

TEST_P(LogContract, ARowThatMovesARunNamesItsNewDefinitionInTheHeadAndTellsItsOwner) {
  const RunId run = make_run();
  store_definition("review", "hash-2");
  log::Append move = make_row(run, "d/1");
  move.type = run::EventType::run_migrated;
  move.migrates = "hash-2";
  move.inbox = true;
  log::Append late = move;
  late.writer = next_writer();
  late.migrates = "hash-1";
  ASSERT_TRUE(append(*one_, move)->won);
  EXPECT_FALSE(append(*other_, late)->won);
  EXPECT_EQ(read_head(run)->hash, "hash-2");
  const auto rows = read_inbox();
  EXPECT_EQ(std::ranges::count(rows, run, &log::Ownership::InboxRow::run), 1);
  move.key = "d/2";
  move.inbox = false;
  EXPECT_EQ(append(*one_, move).error().code, ErrorCode::invalid) << "its owner must hear of it";
}

}  // namespace callboard::test
