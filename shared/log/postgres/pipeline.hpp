#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "shared/log/postgres/batch.hpp"
#include "shared/log/postgres/session.hpp"
#include "shared/runtime/asio_loop.hpp"

namespace callboard::log {

/// A connection of the append path: libpq in pipeline mode, non-blocking, on the loop's thread. Several
/// statements and one sync are one transaction and one flush.
class Pipeline {
 public:
  /// With an error whose state is empty, or of class 57P0x, the connection is of no more use and what became
  /// of the transaction is unknown.
  using Done = std::move_only_function<void(PgResult<std::vector<Rows>>)>;

  /// `connection` is what open_append_connection made. `on_lost` is called once, if it is lost while nothing
  /// is under way.
  Pipeline(runtime::AsioLoop& loop, ConnectionPtr connection, Task on_lost);
  /// Closes the connection; no callback comes any more.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// One transaction; one at a time.
  void execute(const std::vector<Query>& queries, Done done);

 private:
  class State;
  std::shared_ptr<State> state_;  // shared with the handlers that wait for the socket
};

/// A connection with the append path's settings and prepared statements. Blocking: not on the loop.
PgResult<ConnectionPtr> open_append_connection(const std::string& url);

}  // namespace callboard::log
