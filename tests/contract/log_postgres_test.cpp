#include <libpq-fe.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "shared/log/postgres/migrations.hpp"
#include "tests/contract/postgres_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

log::Append make_row(const RunId& run, std::string key, Writers& writers) {
  log::Append row;
  row.run = run;
  row.key = std::move(key);
  row.writer = writers.next();
  row.data = R"({"v":1})";
  return row;
}

/// A house of its own, with one process.
class PostgresLogTest : public testing::Test {
 protected:
  PostgresLogTest()
      : house_(cluster().server(), cluster().new_name(), "migrated"), process_(house_.open_postgres()) {}

  RunId make_run_id() { return RunId{make_uuid(house_.now(), random_)}; }

  /// Appends `count` rows, twenty under way at a time, while `trouble` runs beside; all must win.
  void append_through(std::size_t count, const std::function<void()>& trouble) {
    std::size_t sent = 0;
    std::size_t won = 0;
    std::function<void()> next = [&] {
      if (sent == count) return;
      ++sent;
      process_->events().append(make_row(make_run_id(), "d/1", writers_),
                                [&](const Result<log::Appended>& appended) {
                                  ASSERT_TRUE(appended) << appended.error().message;
                                  ASSERT_TRUE(appended->won);
                                  ++won;
                                  next();
                                });
    };
    for (int i = 0; i < 20; ++i) next();
    ASSERT_TRUE(run_until(house_.loop(), [&] { return won > count / 10; }));
    std::thread beside(trouble);
    EXPECT_TRUE(run_until(house_.loop(), [&] { return won == count; }));
    beside.join();
    EXPECT_EQ(house_.sql("select count(*) from event"), std::to_string(count));
  }

  using SlowTransaction = std::unique_ptr<PGconn, decltype(&PQfinish)>;
  /// A transaction that has taken its place in the order of positions and is still open.
  SlowTransaction insert_slowly(const RunId& run);
  log::StoredFold store_fold(const RunId& run);
  log::Folds::Opened open_fold(const RunId& run);
  RunId make_run_with_head();
  void append_row(const RunId& run, const std::string& key);

  CountingRandom random_;
  PostgresHouse house_;
  std::unique_ptr<PostgresProcess> process_;
  Writers writers_{Incarnation{make_uuid(Time(1s), random_)}};
};

}  // namespace

TEST_F(PostgresLogTest, RowsUnderLoadShareCommits) {
  append_through(2'000, [] {});
  EXPECT_LT(process_->log().counts().commits, 1'000u);
  EXPECT_EQ(process_->log().counts().rows, 2'000u);
  EXPECT_EQ(process_->log().counts().waiting_rows, 0u);
  EXPECT_EQ(process_->log().counts().waiting_bytes, 0u);
}

TEST_F(PostgresLogTest, AppendsOutliveARestartOfTheServer) {
  append_through(3'000, [] {
    cluster().server().stop();
    EXPECT_TRUE(cluster().server().start());
  });
  EXPECT_GE(process_->log().counts().reconnects, 1u);
}

TEST_F(PostgresLogTest, AppendsOutliveAKillOfTheServer) {
  append_through(3'000, [] {
    cluster().server().kill();
    EXPECT_TRUE(cluster().server().start());
  });
  EXPECT_GE(process_->log().counts().reconnects, 1u);
}

TEST_F(PostgresLogTest, AppendsOutliveConnectionsThatAreCut) {
  append_through(3'000, [&] {
    for (int i = 0; i < 10; ++i) {
      house_.sql(
          "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
          "and datname = current_database()");
    }
  });
}

TEST_F(PostgresLogTest, AnArrivalIsGivenUpInTimeWhileTheDatabaseIsAway) {
  cluster().server().stop();
  log::Arrival arrival;
  arrival.delivery = log::Delivery{
      DeliveryId{make_uuid(house_.now(), random_)}, "github", "1", "push", {}, "{}", "{}", {}, ""};
  const auto given_up = await<log::Arrived>(house_.loop(), [&](auto done) {
    process_->intake().accept(arrival, house_.steady() + 300ms, std::move(done));
  });
  EXPECT_FALSE(process_->log().is_connected());
  EXPECT_FALSE(process_->log().last_problem().empty());
  ASSERT_TRUE(cluster().server().start());

  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code, ErrorCode::unavailable);
  const auto again = await<log::Arrived>(house_.loop(), [&](auto done) {
    process_->intake().accept(arrival, house_.steady() + 20s, std::move(done));
  });
  EXPECT_TRUE(again);
}

TEST_F(PostgresLogTest, ALargeDeliveryIsStoredBesideTheSmallOnes) {
  log::Arrival arrival;
  arrival.origin_kind = "github";
  arrival.origin = "large";
  arrival.delivery =
      log::Delivery{DeliveryId{make_uuid(house_.now(), random_)}, "github", "1", "push", {}, "{}",
                    std::string(limits::kWebhookBytes, 'x'),      {},       ""};
  const auto arrived = await<log::Arrived>(house_.loop(), [&](auto done) {
    process_->intake().accept(arrival, house_.steady() + 20s, std::move(done));
  });
  ASSERT_TRUE(arrived) << arrived.error().message;
  EXPECT_EQ(house_.sql("select octet_length(body) from delivery"), std::to_string(limits::kWebhookBytes));
}

TEST_F(PostgresLogTest, ALiveProcessIsNotDeadAfterARestartOfTheServer) {
  const Incarnation member{make_uuid(house_.now(), random_)};
  const auto beat = [&] {
    return await<log::Ownership::Beat>(house_.loop(), [&](auto done) {
      process_->ownership().beat({member, log::Ownership::Role::worker, "host", "default", 1},
                                 std::move(done));
    });
  };
  ASSERT_TRUE(beat());
  house_.sql(
      "update member set until = until + interval '1 hour'");  // the restart may take longer than a lease
  cluster().server().stop();
  ASSERT_TRUE(cluster().server().start());

  const auto find = [&] {
    return await<std::vector<Incarnation>>(
        house_.loop(), [&](auto done) { process_->ownership().find_dead({member}, std::move(done)); });
  };
  EXPECT_TRUE(find()->empty());
  EXPECT_TRUE(beat()) << "the lease's connection comes back by itself";
  EXPECT_TRUE(find()->empty());
}

TEST_F(PostgresLogTest, TheTailNeverSkipsASlowTransaction) {
  const RunId run = make_run_id();
  // Given
  const SlowTransaction slow = insert_slowly(run);
  // When a later one commits before it
  const auto appended = await<log::Appended>(house_.loop(), [&](auto done) {
    process_->events().append(make_row(run, "d/1", writers_), std::move(done));
  });
  ASSERT_TRUE(appended);
  const auto read = [&](std::optional<RunId> of, std::string cursor) {
    return *await<log::EventLog::Tail>(house_.loop(), [&](auto done) {
      process_->events().read_tail(of, std::move(cursor), 10, std::move(done));
    });
  };
  // Then neither is shown before both can be
  for (const std::optional<RunId>& of : {std::optional<RunId>(), std::optional(run)})
    EXPECT_TRUE(read(of, "").events.empty());
  const std::string cursor = read(std::nullopt, "").cursor;
  PQclear(PQexec(slow.get(), "commit"));
  for (const std::optional<RunId>& of : {std::optional<RunId>(), std::optional(run)}) {
    const auto tail = read(of, cursor);
    ASSERT_EQ(tail.events.size(), 2u);
    EXPECT_EQ(tail.events[0].key, "cmd/slow");
    EXPECT_TRUE(read(of, tail.cursor).events.empty());
  }
}

PostgresLogTest::SlowTransaction PostgresLogTest::insert_slowly(const RunId& run) {
  SlowTransaction slow(PQconnectdb(cluster().server().url(house_.sql("select current_database()")).c_str()),
                       &PQfinish);
  const std::string insert = "begin; insert into event (run_id, key, writer, type, data) values ('" +
                             to_string(run) + "', 'cmd/slow', 1, 42, '{}')";
  PQclear(PQexec(slow.get(), insert.c_str()));
  return slow;
}

/// A fold of everything that is read of a run now.
log::StoredFold PostgresLogTest::store_fold(const RunId& run) {
  const auto read = open_fold(run);
  log::StoredFold fold;
  fold.run = run;
  fold.checkpoint = "1.0.aa";
  fold.seen = read.seen;
  fold.position = read.events.back().position;
  fold.events = static_cast<std::uint32_t>(read.events.size());
  fold.since = read.settled;
  EXPECT_TRUE(*await<bool>(house_.loop(), [&](auto done) { process_->folds().save(fold, std::move(done)); }));
  return fold;
}

log::Folds::Opened PostgresLogTest::open_fold(const RunId& run) {
  return *await<log::Folds::Opened>(house_.loop(),
                                    [&](auto done) { process_->folds().open(run, std::move(done)); });
}

RunId PostgresLogTest::make_run_with_head() {
  const RunId run = make_run_id();
  house_.sql("insert into run (run_id, created_at, workflow, definition, partition, state) values ('" +
             to_string(run) + "', now(), 1, 1, 1, 2)");
  append_row(run, "d/1");
  return run;
}

void PostgresLogTest::append_row(const RunId& run, const std::string& key) {
  const auto appended = await<log::Appended>(house_.loop(), [&](auto done) {
    process_->events().append(make_row(run, key, writers_), std::move(done));
  });
  ASSERT_TRUE(appended);
}

TEST_F(PostgresLogTest, AnEventThatIsCommittedBehindAStoredFoldIsNotMissed) {
  const RunId run = make_run_with_head();
  // Given
  const SlowTransaction slow = insert_slowly(run);
  append_row(run, "d/2");
  // When the fold is stored before it commits
  const log::StoredFold fold = store_fold(run);
  EXPECT_TRUE(open_fold(run).events.empty());
  PQclear(PQexec(slow.get(), "commit"));
  // Then it is what the fold lacks, though its position is before the fold's
  const auto opened = open_fold(run);
  ASSERT_EQ(opened.events.size(), 1u);
  EXPECT_EQ(opened.events.front().key, "cmd/slow");
  EXPECT_LT(opened.events.front().position, fold.position);
}

TEST_F(PostgresLogTest, WhatAFoldLacksIsTheSameByTheRunAsByTransactions) {
  const RunId run = make_run_with_head();
  store_fold(run);
  append_row(run, "d/2");
  EXPECT_EQ(open_fold(run).events.size(), 1u) << "little was appended since: by transactions";
  house_.sql("select setval('event_position', 1000000)");
  const auto by_run = open_fold(run);
  ASSERT_EQ(by_run.events.size(), 1u);
  EXPECT_EQ(by_run.events.front().key, "d/2");
}

TEST_F(PostgresLogTest, AFoldOfAnotherDatabaseIsAsNoneUntilItIsReplaced) {
  const RunId run = make_run_with_head();
  store_fold(run);
  house_.sql("update fold set home = 'elsewhere'");  // as after a dump and a restore
  EXPECT_TRUE(open_fold(run).folds.empty());
  EXPECT_EQ(open_fold(run).events.size(), 1u);
  store_fold(run);
  EXPECT_EQ(open_fold(run).folds.size(), 1u);
}

TEST_F(PostgresLogTest, RowsStandInThePartitionOfTheirDay) {
  const auto appended = await<log::Appended>(house_.loop(), [&](auto done) {
    process_->events().append(make_row(make_run_id(), "d/1", writers_), std::move(done));
  });
  ASSERT_TRUE(appended);
  EXPECT_EQ(house_.sql("select count(*) from event_default"), "0");
  EXPECT_EQ(house_.sql("select tableoid::regclass::text = to_char(now(), '\"event_\"YYYYMMDD') from event"),
            "t");
  EXPECT_EQ(house_.sql("select count(*) from pg_inherits where inhparent = 'event'::regclass"),
            std::to_string(limits::kDaysAhead + 3))
      << "yesterday, today, the days ahead, and the default";
}

TEST(Migrations, TwoThatMigrateAtOnceAreSafe) {
  const std::string name = cluster().new_name();
  const std::string url = cluster().server().make_database(name);
  std::atomic<int> succeeded = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        const auto done = log::migrate(url);
        EXPECT_TRUE(done) << done.error().message;
        if (done) ++succeeded;
      });
    }
  }
  EXPECT_EQ(succeeded, 3);
  EXPECT_EQ(cluster().server().run(name, "select count(*) from migration"),
            std::to_string(log::migrations().size()));
  EXPECT_EQ(cluster().server().run(name, "select make_partitions(7)"), "0") << "all days are there";
}

TEST(Migrations, AnotherNumberOfPartitionsIsRefused) {
  const std::string url = cluster().server().make_database(cluster().new_name(), "migrated");
  for (const auto& refused :
       {log::migrate(url, {.partitions = 32}), log::check_schema(url, {.partitions = 32})}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_NE(refused.error().message.find("64 partitions"), std::string::npos) << refused.error().message;
  }
}

TEST(Migrations, ANewerDatabaseIsRefused) {
  const std::string name = cluster().new_name();
  const std::string url = cluster().server().make_database(name, "migrated");
  cluster().server().run(name, "insert into migration (number, name) values (9999, 'from the future')");
  EXPECT_EQ(log::migrate(url).error().code, ErrorCode::conflict);
  EXPECT_EQ(log::check_schema(url).error().code, ErrorCode::conflict);
}

TEST(Migrations, ADatabaseThatIsNotMigratedIsNotOpened) {
  const std::string url = cluster().server().make_database(cluster().new_name());
  EXPECT_EQ(log::check_schema(url).error().code, ErrorCode::unavailable);
}

TEST(Migrations, ADatabaseWhoseMigrationHasNotEndedIsNotOpenedYet) {
  const std::string name = cluster().new_name();
  const std::string url = cluster().server().make_database(name, "migrated");
  cluster().server().run(name, "delete from setting where name = 'partitions'");
  EXPECT_EQ(log::check_schema(url).error().code, ErrorCode::unavailable);
}

TEST(Migrations, AnUnreachableDatabaseIsSaidAtOnce) {
  const auto refused = log::migrate("postgresql:///nothing?host=/nowhere");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("/nowhere"), std::string::npos) << refused.error().message;
}

}  // namespace callboard::test
