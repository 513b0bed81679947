#include "shared/log/postgres/migrate.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "shared/log/postgres/migrations.hpp"
#include "shared/log/postgres/session.hpp"

namespace callboard::log {
namespace {

using namespace std::chrono_literals;

constexpr Micros kFirstPause = 50ms;
constexpr Micros kLongestPause = 1s;

constexpr Statement kHasTable{"has_table", "select to_regclass('migration') is not null"};
constexpr Statement kNewest{"newest", "select coalesce(max(number), 0) from migration"};
constexpr Statement kRecord{"record", "insert into migration (number, name) values ($1::int, $2::text)"};
constexpr Statement kSet{
    "set", "insert into setting (name, value) values ('partitions', $1::text) on conflict do nothing"};
constexpr Statement kPartitionCount{"partition_count", "select value from setting where name = 'partitions'"};
constexpr Statement kMakePartitions{"make_partitions", "select make_partitions($1::int)"};

Result<void> run(Session& session, const std::string& sql) {
  if (auto done = session.execute(sql); !done) return std::unexpected(to_error(done.error()));
  return {};
}

Result<int> newest_applied(Session& session) {
  const auto there = session.run(kHasTable, {});
  if (!there) return std::unexpected(to_error(there.error()));
  if (!there->boolean(0, 0)) return 0;
  const auto newest = session.run(kNewest, {});
  if (!newest) return std::unexpected(to_error(newest.error()));
  const int known = migrations().back().number;
  if (newest->int4(0, 0) > known) {
    return fail(ErrorCode::conflict, "the database has schema " + std::to_string(newest->int4(0, 0)) +
                                         ", which is newer than this program's " + std::to_string(known));
  }
  return newest->int4(0, 0);
}

Result<void> check_partitions(Session& session, Partition wanted) {
  const auto stored = session.run(kPartitionCount, {});
  if (!stored) return std::unexpected(to_error(stored.error()));
  // The number is set behind the last migration, in a transaction of its own.
  if (stored->size() == 0) return fail(ErrorCode::unavailable, "the database is being migrated");
  if (stored->text(0, 0) == std::to_string(wanted)) return {};
  return fail(ErrorCode::conflict, "the database has " + std::string(stored->text(0, 0)) +
                                       " partitions, the setting says " + std::to_string(wanted) +
                                       ": it can't be changed once runs are stored");
}

Result<void> apply(Session& session, const Migration& migration) {
  if (auto begun = run(session, "begin"); !begun) return begun;
  if (auto done = run(session, migration.sql); !done) {
    done.error().message += " (migration " + migration.name + ")";
    return done;
  }
  const auto recorded = session.run(
      kRecord, Params().add(std::int32_t{migration.number}).add_bytes(migration.name), /*again=*/false);
  if (!recorded) return std::unexpected(to_error(recorded.error()));
  return run(session, "commit");
}

Result<void> apply_missing(Session& session, Partition partitions) {
  // The lock goes with the session, however this ends.
  auto locked = run(session,
                    "set statement_timeout = '10min'; select pg_advisory_lock(7216459300); "
                    "create table if not exists migration (number int primary key, name text not null, "
                    "at timestamptz not null default now())");
  if (!locked) return locked;
  const auto newest = newest_applied(session);
  if (!newest) return std::unexpected(newest.error());
  for (const Migration& migration : migrations()) {
    if (migration.number <= *newest) continue;
    if (auto applied = apply(session, migration); !applied) return applied;
  }
  const auto set = session.run(kSet, Params().add_bytes(std::to_string(partitions)));
  if (!set) return std::unexpected(to_error(set.error()));
  if (auto checked = check_partitions(session, partitions); !checked) return checked;
  const auto made = session.run(kMakePartitions, Params().add(std::int32_t{limits::kDaysAhead}));
  if (!made) return std::unexpected(to_error(made.error()));
  return {};
}

Result<void> check_once(Session& session, Partition partitions) {
  const auto newest = newest_applied(session);
  if (!newest) return std::unexpected(newest.error());
  if (*newest < migrations().back().number) {
    return fail(ErrorCode::unavailable,
                "the database's schema is older than this program's: it has to be migrated");
  }
  return check_partitions(session, partitions);
}

/// Tries until it works, until it fails for a reason that waiting does not mend, or until `wait` is over.
Result<void> until_reached(const std::string& url, Micros wait,
                           const std::function<Result<void>(Session&)>& work) {
  const auto end = std::chrono::steady_clock::now() + wait;
  for (Micros pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    Session session(url);
    auto done = work(session);
    const bool mends = !done && done.error().code == ErrorCode::unavailable;
    if (!mends || std::chrono::steady_clock::now() + pause >= end) return done;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

Result<void> migrate(const std::string& url, const MigrateOptions& options) {
  return until_reached(url, options.wait,
                       [&](Session& session) { return apply_missing(session, options.partitions); });
}

Result<void> check_schema(const std::string& url, const MigrateOptions& options) {
  return until_reached(url, options.wait,
                       [&](Session& session) { return check_once(session, options.partitions); });
}

}  // namespace callboard::log
