#pragma once

#include <libpq-fe.h>

#include <expected>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "shared/log/postgres/rows.hpp"

namespace callboard::log {

/// A statement by its name (unique in the library) and text.
struct Statement {
  const char* name;
  const char* sql;
};

/// The parameters of one execution, in the binary format.
class Params {
 public:
  template <typename T>
  Params& add(const T& value) {
    values_.emplace_back(to_binary(value));
    return *this;
  }
  template <typename Tag>
  Params& add(const Id<Tag>& id) {
    return add(id.uuid);
  }
  /// text, bytea, or an array made by ArrayWriter
  Params& add_bytes(std::string bytes) {
    values_.emplace_back(std::move(bytes));
    return *this;
  }
  Params& add_null() {
    values_.emplace_back(std::nullopt);
    return *this;
  }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

using ConnectionPtr = std::unique_ptr<PGconn, decltype(&PQfinish)>;
template <typename T>
using PgResult = std::expected<T, PgError>;

/// Connects (blocking, about 5 s at most) and sets what every connection of ours has: UTC, time-outs, UTF-8.
PgResult<ConnectionPtr> connect(const std::string& url);
/// The fault of a caller who can't act on SQLSTATEs.
Error to_error(const PgError& error);

/// One blocking connection: statements are prepared when first run. One thread at a time.
class Session {
 public:
  explicit Session(std::string url) : url_(std::move(url)), connection_(nullptr, &PQfinish) {}

  /// Connects first where there is no connection. With `again` a statement that finds the connection lost is
  /// run a second time on a new one: only for what may happen twice.
  PgResult<Rows> run(const Statement& statement, const Params& params, bool again = true);
  /// Several statements of text, no parameters.
  PgResult<void> execute(const std::string& sql);
  bool is_open() const { return connection_ != nullptr; }
  void close();

 private:
  PgResult<void> open();
  PgResult<void> prepare(const Statement& statement);
  PgResult<Rows> run_once(const Statement& statement, const Params& params);
  PgError lost();

  std::string url_;
  ConnectionPtr connection_;
  std::set<std::string, std::less<>> prepared_;
};

}  // namespace callboard::log
