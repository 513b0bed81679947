#include "shared/log/postgres/session.hpp"

#include <array>

namespace callboard::log {
namespace {

constexpr int kBinary = 1;
constexpr const char* kEverySession =
    "set time zone 'UTC'; set statement_timeout = '20s'; set idle_in_transaction_session_timeout = '20s'; "
    "set client_min_messages = warning; set synchronous_commit = on";

}  // namespace

PgResult<ConnectionPtr> connect(const std::string& url) {
  const std::array<const char*, 9> keys{
      "fallback_application_name", "dbname",           "client_encoding",
      "connect_timeout",           "keepalives_idle",  "keepalives_interval",
      "keepalives_count",          "tcp_user_timeout", nullptr};
  const std::array<const char*, 9> values{"callboard", url.c_str(), "UTF8",  "5",    "5",
                                          "2",         "3",         "10000", nullptr};
  ConnectionPtr connection(PQconnectdbParams(keys.data(), values.data(), 1), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return std::unexpected(PgError{"", message_of(connection.get())});
  }
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const Rows set(PQexec(connection.get(), kEverySession));
  if (!set.succeeded()) return std::unexpected(set.error());
  return connection;
}

Error to_error(const PgError& error) {
  if (error.state == "22021")  // character_not_in_repertoire
    return {ErrorCode::invalid, "a text has a zero byte, or is not UTF-8: the log keeps none of these"};
  const ErrorCode code = error.is_refusal() ? ErrorCode::invalid : ErrorCode::unavailable;
  return {code, "the database: " + error.message};
}

PgResult<void> Session::open() {
  auto connection = connect(url_);
  if (!connection) return std::unexpected(connection.error());
  connection_ = std::move(*connection);
  prepared_.clear();
  return {};
}

void Session::close() { connection_.reset(); }

PgError Session::lost() {
  PgError error{"", message_of(connection_.get())};
  close();
  return error;
}

PgResult<void> Session::prepare(const Statement& statement) {
  if (prepared_.contains(statement.name)) return {};
  const Rows done(PQprepare(connection_.get(), statement.name, statement.sql, 0, nullptr));
  if (PQstatus(connection_.get()) != CONNECTION_OK) return std::unexpected(lost());
  if (!done.succeeded()) return std::unexpected(done.error());
  prepared_.insert(statement.name);
  return {};
}

PgResult<Rows> Session::run_once(const Statement& statement, const Params& params) {
  if (auto prepared = prepare(statement); !prepared) return std::unexpected(prepared.error());
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats(params.values().size(), kBinary);
  for (const auto& value : params.values()) {
    values.push_back(value ? value->data() : nullptr);
    lengths.push_back(value ? static_cast<int>(value->size()) : 0);
  }
  Rows rows(PQexecPrepared(connection_.get(), statement.name, static_cast<int>(values.size()), values.data(),
                           lengths.data(), formats.data(), kBinary));
  if (PQstatus(connection_.get()) != CONNECTION_OK) return std::unexpected(lost());
  if (!rows.succeeded()) return std::unexpected(rows.error());
  return rows;
}

PgResult<Rows> Session::run(const Statement& statement, const Params& params, bool again) {
  if (connection_) {
    auto rows = run_once(statement, params);
    if (rows || connection_ || !again) return rows;
  }
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  return run_once(statement, params);
}

PgResult<void> Session::execute(const std::string& sql) {
  if (!connection_) {
    if (auto opened = open(); !opened) return std::unexpected(opened.error());
  }
  const Rows done(PQexec(connection_.get(), sql.c_str()));
  if (PQstatus(connection_.get()) != CONNECTION_OK) return std::unexpected(lost());
  if (!done.succeeded()) return std::unexpected(done.error());
  return {};
}

}  // namespace callboard::log
