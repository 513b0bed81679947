#include "shared/log/postgres/rows.hpp"

#include <algorithm>

namespace callboard::log {
namespace {

std::string on_one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

bool Rows::succeeded() const {
  const ExecStatusType status = PQresultStatus(result_.get());
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

PgError Rows::error() const {
  const char* state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
  return {state ? state : "", on_one_line(message ? message : PQresultErrorMessage(result_.get()))};
}

std::string message_of(const PGconn* connection) { return on_one_line(PQerrorMessage(connection)); }

}  // namespace callboard::log
