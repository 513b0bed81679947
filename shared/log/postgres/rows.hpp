#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/log/postgres/binary.hpp"

namespace callboard::log {

/// A refusal by the server, or a lost connection: then `state` is empty.
struct PgError {
  std::string state;  // SQLSTATE, PostgreSQL's Appendix A
  std::string message;

  /// The row itself is at fault: the same row fails again.
  bool is_refusal() const {
    return state.starts_with("22") || state.starts_with("23") || state.starts_with("54");
  }
};

/// One binary result.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}

  int size() const { return PQntuples(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) == 1; }
  std::string_view bytes(int row, int column) const {
    return {at(row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::string text(int row, int column) const { return std::string(bytes(row, column)); }
  bool boolean(int row, int column) const { return *at(row, column) != 0; }
  std::int16_t int2(int row, int column) const { return read_int2(at(row, column)); }
  std::int32_t int4(int row, int column) const { return read_int4(at(row, column)); }
  std::int64_t int8(int row, int column) const { return read_int8(at(row, column)); }
  Uuid uuid(int row, int column) const { return read_uuid(at(row, column)); }
  Time time(int row, int column) const { return read_time(at(row, column)); }
  std::optional<Uuid> find_uuid(int row, int column) const {
    return is_null(row, column) ? std::nullopt : std::optional(uuid(row, column));
  }
  std::optional<Time> find_time(int row, int column) const {
    return is_null(row, column) ? std::nullopt : std::optional(time(row, column));
  }

  bool succeeded() const;
  PgError error() const;

 private:
  const char* at(int row, int column) const { return PQgetvalue(result_.get(), row, column); }

  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

/// What `read(row)` makes of every row.
template <typename Read>
auto read_each(const Rows& rows, Read read) {
  std::vector<std::invoke_result_t<Read&, int>> out;
  out.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) out.push_back(read(row));
  return out;
}

/// The connection's last message, on one line.
std::string message_of(const PGconn* connection);

}  // namespace callboard::log
