#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/log/postgres/session.hpp"

namespace callboard::log {

/// How many partitions a database of this program's schema has. `unavailable`: it can't be reached, or has no
/// schema, or an older one; `conflict`: a newer one.
Result<Partition> check_database(const std::string& url);

/// A session whose statements may take their time, with no transaction begun. Nothing of it is run twice.
class LongSession {
 public:
  explicit LongSession(std::string url) : session_(std::move(url)) {}
  Result<void> open();
  Result<void> execute(const std::string& sql);
  Result<Rows> run(const Statement& statement, const Params& params = {});

 private:
  Session session_;
};

/// A transaction that goes on, or is undone when this object ends without a commit.
class Transaction {
 public:
  static Result<Transaction> begin(LongSession& session);
  Transaction(Transaction&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(LongSession& session) : session_(&session) {}
  LongSession* session_;
};

/// Keeps other commands that mend or move the log away from this database while it lives. `conflict` if one
/// of them is at it.
Result<void> lock_for_maintenance(LongSession& session);

/// One state of the database, for as long as it takes to read: a transaction (repeatable read) whose
/// statements give their rows one by one, so that no result is ever held whole. One stream at a time.
class Snapshot {
 public:
  static Result<Snapshot> open(const std::string& url);

  class Stream {
   public:
    /// The next row, alone in its result; nothing behind the last.
    Result<std::optional<Rows>> next();

   private:
    friend class Snapshot;
    explicit Stream(PGconn* connection) : connection_(connection) {}
    PGconn* connection_;
  };
  /// A stream must be read to its end before the next one begins; after a failure the snapshot is of no more
  /// use.
  Result<Stream> stream(const std::string& sql, const Params& params = {});
  /// For a result of a few rows.
  Result<Rows> read(const std::string& sql, const Params& params = {});

 private:
  explicit Snapshot(ConnectionPtr connection) : connection_(std::move(connection)) {}
  ConnectionPtr connection_;
};

}  // namespace callboard::log
