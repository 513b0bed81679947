#include "shared/log/archive/database.hpp"

#include <charconv>

#include "shared/log/postgres/migrate.hpp"

namespace callboard::log {
namespace {

constexpr int kBinary = 1;

constexpr Statement kHasSettings{"has_settings", "select to_regclass('setting') is not null"};
constexpr Statement kPartitions{"partitions", "select value from setting where name = 'partitions'"};
constexpr Statement kTryLock{"try_lock", "select pg_try_advisory_lock(7216459302)"};

// Whoever reads a whole log reads it in the order of the indexes: sorting it would take its size on disk.
constexpr const char* kBegin =
    "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set enable_sort = off; "
    "set enable_hashjoin = off; begin isolation level repeatable read, read only";

}  // namespace

Result<Partition> check_database(const std::string& url) {
  Session session(url);
  const auto there = session.run(kHasSettings, {});
  if (!there) return std::unexpected(to_error(there.error()));
  if (!there->boolean(0, 0))
    return fail(ErrorCode::unavailable, "the database holds no log: a dispatcher makes it when it starts");
  const auto stored = session.run(kPartitions, {});
  if (!stored) return std::unexpected(to_error(stored.error()));
  Partition partitions = limits::kPartitions;
  if (stored->size() > 0) {
    const std::string text = stored->text(0, 0);
    std::from_chars(text.data(), text.data() + text.size(), partitions);
  }
  session.close();
  if (auto checked = check_schema(url, {.partitions = partitions}); !checked)
    return std::unexpected(checked.error());
  return partitions;
}

Result<void> LongSession::open() {
  return execute("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0");
}

Result<void> LongSession::execute(const std::string& sql) {
  if (auto done = session_.execute(sql); !done) return std::unexpected(to_error(done.error()));
  return {};
}

Result<Rows> LongSession::run(const Statement& statement, const Params& params) {
  auto rows = session_.run(statement, params, /*again=*/false);
  if (!rows) return std::unexpected(to_error(rows.error()));
  return std::move(*rows);
}

Result<Transaction> Transaction::begin(LongSession& session) {
  if (auto begun = session.execute("begin"); !begun) return std::unexpected(begun.error());
  return Transaction(session);
}

Transaction::~Transaction() {
  // Where the connection is lost, the server has undone it already.
  if (session_ != nullptr) static_cast<void>(session_->execute("rollback"));
}

Result<void> Transaction::commit() { return std::exchange(session_, nullptr)->execute("commit"); }

Result<void> lock_for_maintenance(LongSession& session) {
  const auto locked = session.run(kTryLock);
  if (!locked) return std::unexpected(locked.error());
  if (locked->boolean(0, 0)) return {};
  return fail(ErrorCode::conflict,
              "another `callboard log` command that changes this database is running: wait for its end");
}

Result<Snapshot> Snapshot::open(const std::string& url) {
  auto connection = connect(url);
  if (!connection) return std::unexpected(to_error(connection.error()));
  const Rows begun(PQexec(connection->get(), kBegin));
  if (!begun.succeeded()) return std::unexpected(to_error(begun.error()));
  return Snapshot(std::move(*connection));
}

Result<Snapshot::Stream> Snapshot::stream(const std::string& sql, const Params& params) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(params.values().size(), kBinary);
  for (const auto& value : params.values()) {
    values.push_back(value ? value->data() : nullptr);
    lengths.push_back(value ? static_cast<int>(value->size()) : 0);
  }
  PGconn* const connection = connection_.get();
  const int sent = PQsendQueryParams(connection, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), lengths.data(), formats.data(), kBinary);
  if (sent != 1 || PQsetSingleRowMode(connection) != 1)
    return std::unexpected(to_error(PgError{"", message_of(connection)}));
  return Stream(connection);
}

Result<std::optional<Rows>> Snapshot::Stream::next() {
  PGresult* const result = PQgetResult(connection_);
  if (result == nullptr) return std::nullopt;
  Rows row(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_SINGLE_TUPLE) return std::optional(std::move(row));
  if (!row.succeeded()) return std::unexpected(to_error(row.error()));
  // The end of the rows; behind it the statement itself ends.
  return next();
}

Result<Rows> Snapshot::read(const std::string& sql, const Params& params) {
  auto rows = stream(sql, params);
  if (!rows) return std::unexpected(rows.error());
  auto first = rows->next();
  if (!first) return std::unexpected(first.error());
  if (!*first) return fail(ErrorCode::internal, "the database gave no row");
  Rows kept = std::move(**first);
  for (auto rest = rows->next(); rest && *rest;) rest = rows->next();
  return kept;
}

}  // namespace callboard::log
