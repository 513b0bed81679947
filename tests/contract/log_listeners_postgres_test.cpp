// An arrival that began before a listener stood, and is committed behind it.
#include <libpq-fe.h>

#include "tests/contract/postgres_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using log::Listeners;

/// A connection of the test's own, with a transaction that it holds open.
class Arriving {
 public:
  explicit Arriving(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    run("begin");
    run("select share_arrivals()");
  }
  void run(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()),
                                                               &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQerrorMessage(connection_.get());
  }
  void store(const DeliveryId& id) {
    run("insert into delivery (id, source, external_id, event, matched_against, headers, verdicts, body, at) "
        "values ('" +
        to_string(id) + "', 'github', 'x', 'push', '', '{}', '{}', '{}', now())");
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

TEST(PostgresListeners, StandOnlyOnceWhatTheyCantHearOfCanBeSeen) {
  PostgresHouse house(cluster().server(), cluster().new_name(), "migrated");
  const auto process = house.open_postgres();
  CountingRandom random;
  Writers writers(Incarnation{make_uuid(house.now(), random)});
  const RunId run{make_uuid(house.now(), random)};
  ASSERT_TRUE(await<log::Definition>(house.loop(), [&](auto done) {
    process->catalog().store({"w", "w", "1", "hash", "name: w", "yaml", {}, true}, std::move(done));
  }));
  log::Arrival made;
  made.runs.push_back({run, partition_of(run, limits::kPartitions), "w", "hash", R"({"v":1,"list":[]})",
                       writers.next(), false});
  ASSERT_TRUE(await<log::Arrived>(house.loop(), [&](auto done) {
    process->intake().accept(std::move(made), house.steady() + 30s, std::move(done));
  }));
  const DeliveryId delivery{make_uuid(house.now(), random)};
  Arriving arriving(house.url());
  arriving.store(delivery);  // nobody listens, as far as this transaction knows

  bool stands = false;
  process->listeners().stand({{{run, "g1"}, "github", "push"}},
                             [&](const Result<std::vector<Listeners::Name>>& stood) {
                               EXPECT_TRUE(stood);
                               stands = true;
                             });
  ASSERT_TRUE(run_until(house.loop(), [&] { return house.sql("select count(*) from listener") == "1"; }));
  house.loop().context().run_for(200ms);
  EXPECT_FALSE(stands);
  arriving.run("commit");
  ASSERT_TRUE(run_until(house.loop(), [&] { return stands; }));

  const auto found = await<std::vector<DeliveryId>>(house.loop(), [&](auto done) {
    process->listeners().look_back("github", "push", house.now() - 1h, {}, 10, std::move(done));
  });
  EXPECT_EQ(found, std::vector{delivery});
}

TEST(PostgresListeners, AnArrivalThatNobodyListensToLooksIntoAnIndexAlone) {
  PostgresHouse house(cluster().server(), cluster().new_name(), "migrated");
  house.sql(
      "insert into listener (source, key, partition, run_id, target) select 'github', 'push', p, "
      "gen_random_uuid(), 'g1' from generate_series(1, 20000) i, lateral (select (i % 64)::smallint p) x; "
      "analyze listener");
  EXPECT_EQ(house.sql("select count(*) from listening_partitions('github', 'push')"), "64");
  const std::string plan = house.sql(
      "set enable_seqscan = off; explain (format json) select exists (select from listener l where l.source "
      "= 'github' and "
      "l.key = 'issues')");
  EXPECT_TRUE(plan.contains("listener_pkey")) << plan;
}

}  // namespace
}  // namespace callboard::test
