// Transactions of one group that overlap: each is stopped on its way by a connection of the test's own.
#include <libpq-fe.h>

#include <numeric>
#include <thread>

#include "tests/contract/postgres_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

/// A connection whose transaction stays open for as long as the test wants.
class HeldTransaction {
 public:
  explicit HeldTransaction(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    run("begin");
  }
  void run(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()),
                                                               &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQerrorMessage(connection_.get());
  }
  /// Everything that a close does, but for the end of its transaction.
  void close_run(const RunId& run_id) {
    run("update run set state = 6, closed_at = now() where run_id = '" + to_string(run_id) + "'");
    run("set constraints all immediate");
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class PostgresSlotsTest : public testing::Test {
 protected:
  PostgresSlotsTest()
      : house_(cluster().server(), cluster().new_name(), "migrated"),
        one_(house_.open_postgres()),
        other_(house_.open_postgres()) {}

  log::Append make_row(const RunId& run, std::string key) {
    log::Append row;
    row.run = run;
    row.key = std::move(key);
    row.writer = writers_.next();
    row.data = R"({"v":1})";
    return row;
  }

  /// Open runs, by age.
  std::vector<RunId> make_runs(int count) {
    const auto stored = await<log::Definition>(house_.loop(), [&](auto done) {
      one_->catalog().store({"w", "w", "1", "hash", "name: w", "yaml", {}, true}, std::move(done));
    });
    EXPECT_TRUE(stored);
    log::Arrival arrival;
    for (int i = 0; i < count; ++i) {
      const RunId id{make_uuid(house_.now() + i * 1ms, random_)};
      arrival.runs.push_back({id, partition_of(id, limits::kPartitions), "w", "hash", R"({"v":1,"list":[]})",
                              writers_.next(), false});
    }
    std::vector<RunId> runs;
    for (const log::NewRun& run : arrival.runs) runs.push_back(run.id);
    EXPECT_TRUE(await<log::Arrived>(house_.loop(), [&](auto done) {
      one_->intake().accept(std::move(arrival), house_.steady() + 30s, std::move(done));
    }));
    return runs;
  }

  void queue(const RunId& run, const std::string& group = "g", int places = 1) {
    house_.sql("update run set state = 0, lacks = 1, places = " + std::to_string(places) + ", group_key = '" +
               group + "' where run_id = '" + to_string(run) + "'");
  }
  bool admit(const RunId& run, std::uint32_t limit, const std::string& group = "g") {
    const auto answer = await<log::Slots::Admitted>(house_.loop(), [&](auto done) {
      one_->slots().admit({group, limit, run}, make_row(run, "d/1"), std::move(done));
    });
    EXPECT_TRUE(answer) << answer.error().message;
    return answer && answer->row;
  }

  /// Goes on with what was begun until it has ended, or waits for a lock.
  void let_it_go(const bool& ended, int waiting) {
    EXPECT_TRUE(run_until(house_.loop(), [&] {
      return ended ||
             house_.sql("select count(*) from pg_locks where not granted and locktype = 'advisory'") ==
                 std::to_string(waiting);
    }));
  }
  void begin_close(PostgresProcess& process, const RunId& run, bool& ended) {
    log::Append close = make_row(run, "d/2");
    close.close = {run::RunPhase::cancelled, {}};
    process.events().append(std::move(close), [&ended](const Result<log::Appended>& appended) {
      EXPECT_TRUE(appended);
      ended = true;
    });
  }

  /// What the owners do: a run that is told of and waits tries for a place.
  void play_owners(std::uint32_t limit) {
    std::vector<Partition> all(limits::kPartitions);
    std::iota(all.begin(), all.end(), Partition{0});
    const auto rows = await<std::vector<log::Ownership::InboxRow>>(
        house_.loop(), [&](auto done) { one_->ownership().read_inbox(all, 1'000, std::move(done)); });
    ASSERT_TRUE(rows);
    for (const auto& row : *rows) {
      const std::string waits =
          house_.sql("select state = 0 from run where run_id = '" + to_string(row.run) + "'");
      if (waits == "t") admit(row.run, limit);
    }
    if (rows->empty()) return;
    house_.sql("delete from inbox where id <= " + std::to_string(rows->back().id));
    play_owners(limit);
  }
  std::string places() { return house_.sql("select count(*) from slot"); }

  CountingRandom random_;
  PostgresHouse house_;
  std::unique_ptr<PostgresProcess> one_;
  std::unique_ptr<PostgresProcess> other_;
  Writers writers_{Incarnation{make_uuid(Time(1s), random_)}};
};

TEST_F(PostgresSlotsTest, ARunThatIsCancelledAsItIsWokenHandsThePlaceOn) {
  // Given one place, a run on it and two that wait
  const auto runs = make_runs(3);
  for (const RunId& run : runs) queue(run);
  ASSERT_TRUE(admit(runs[0], 1));
  // When the first closes, and before its commit the second is cancelled, and who is told of tries
  HeldTransaction closing(house_.url());
  closing.close_run(runs[0]);
  bool cancelled = false;
  begin_close(*other_, runs[1], cancelled);
  let_it_go(cancelled, 1);
  play_owners(1);
  closing.run("commit");
  ASSERT_TRUE(run_until(house_.loop(), [&] { return cancelled; }));
  play_owners(1);
  // Then nobody waits beside the free place
  EXPECT_EQ(places(), "1");
  EXPECT_EQ(house_.sql("select count(*) from run where state = 0"), "0");
}

TEST_F(PostgresSlotsTest, TwoPlacesFreedAtOnceAreBothTaken) {
  // Given two places, both taken, and two runs that wait
  const auto runs = make_runs(4);
  for (const RunId& run : runs) queue(run, "g", 2);
  ASSERT_TRUE(admit(runs[0], 2));
  ASSERT_TRUE(admit(runs[1], 2));
  play_owners(2);
  // When both close, the second before the first has committed
  HeldTransaction closing(house_.url());
  closing.close_run(runs[0]);
  bool closed = false;
  begin_close(*other_, runs[1], closed);
  let_it_go(closed, 1);
  play_owners(2);
  closing.run("commit");
  ASSERT_TRUE(run_until(house_.loop(), [&] { return closed; }));
  play_owners(2);
  // Then both who waited are on them
  EXPECT_EQ(places(), "2");
  EXPECT_EQ(house_.sql("select count(*) from run where state = 0"), "0");
}

TEST_F(PostgresSlotsTest, ARunDoesNotWaitBesideItsAdmission) {
  const auto runs = make_runs(1);
  queue(runs[0]);
  // Given an admission that has not committed yet
  HeldTransaction admission(house_.url());
  admission.run("select admit('g', 1, '" + to_string(runs[0]) + "', 'd/1', 1, 2::smallint, '{}', '', 0, 0)");
  // When a second owner tries for it, and finds no place that is free
  bool answered = false;
  one_->slots().admit({"g", 1, runs[0]}, make_row(runs[0], "d/1"),
                      [&](const Result<log::Slots::Admitted>& answer) {
                        EXPECT_EQ(answer.error().code, ErrorCode::conflict);
                        answered = true;
                      });
  EXPECT_TRUE(run_until(house_.loop(), [&] {
    return answered ||
           house_.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == "1";
  }));
  admission.run("commit");
  ASSERT_TRUE(run_until(house_.loop(), [&] { return answered; }));
  // Then it keeps its place and shows so
  EXPECT_EQ(house_.sql("select state from run"), "2");
}

TEST_F(PostgresSlotsTest, ATransactionTakesItsLocksAtItsEndAndInOneOrder) {
  // Given two runs, the older in the group whose lock comes later
  const auto runs = make_runs(2);
  const std::string first =
      house_.sql("select name from unnest(array['g1', 'g2']) name order by hashtext(name)");
  queue(runs[0], first == "g1" ? "g2" : "g1");
  queue(runs[1], first);
  const auto locks_held = [&] {
    return house_.sql(
        "select count(*) from pg_locks where granted and locktype = 'advisory' and objsubid = 2");
  };
  // When a transaction closes both while another one holds the lock that it needs first
  HeldTransaction other(house_.url());
  other.run("select lock_groups(array['" + first + "'])");
  HeldTransaction closing(house_.url());
  closing.run("update run set state = 6, closed_at = now()");
  EXPECT_EQ(locks_held(), "1") << "another statement may follow, and wait for a row";
  std::jthread end([&] { closing.run("commit"); });
  const bool never = false;
  let_it_go(never, 1);
  // Then it does not hold the other one meanwhile
  EXPECT_EQ(locks_held(), "1");
  other.run("rollback");
  end.join();
  EXPECT_EQ(locks_held(), "0");
}

TEST_F(PostgresSlotsTest, ClosesOfManyGroupsAtOnceDoNotDeadlock) {
  // Given runs of many groups, half of them each process's, in opposite orders of their groups
  constexpr int kRuns = 60;
  const auto runs = make_runs(kRuns);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    queue(runs[i], "g" + std::to_string(i % 2 == 0 ? i / 2 : runs.size() / 2 - 1 - i / 2));
  }
  // When all close at once, in two transactions of several statements
  std::size_t closed = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    log::Append close = make_row(runs[i], "d/1");
    close.close = {i % 3 == 0 ? run::RunPhase::failed : run::RunPhase::completed, {}};
    (i % 2 == 0 ? *one_ : *other_).events().append(std::move(close), [&](const Result<log::Appended>& done) {
      EXPECT_TRUE(done && done->won);
      ++closed;
    });
  }
  ASSERT_TRUE(run_until(house_.loop(), [&] { return closed == runs.size(); }));
  // Then none had to be sent again
  EXPECT_EQ(one_->log().counts().retries + other_->log().counts().retries, 0u);
}

}  // namespace
}  // namespace callboard::test
