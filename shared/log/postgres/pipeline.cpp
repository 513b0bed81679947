#include "shared/log/postgres/pipeline.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "shared/log/postgres/statements.hpp"

namespace callboard::log {
namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

// A generic plan made while a table is empty would read the whole table for ever: only plans by index are
// left.
constexpr const char* kAppendSettings =
    "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; "
    "set enable_mergejoin = off; set jit = off";

}  // namespace

PgResult<ConnectionPtr> open_append_connection(const std::string& url) {
  auto connection = connect(url);
  if (!connection) return connection;
  const Rows set(PQexec(connection->get(), kAppendSettings));
  if (!set.succeeded()) return std::unexpected(set.error());
  for (const Statement* statement : append_path_statements()) {
    const Rows prepared(PQprepare(connection->get(), statement->name, statement->sql, 0, nullptr));
    if (!prepared.succeeded()) return std::unexpected(prepared.error());
  }
  if (PQsetnonblocking(connection->get(), 1) != 0 || PQenterPipelineMode(connection->get()) != 1) {
    return std::unexpected(PgError{"", message_of(connection->get())});
  }
  return connection;
}

class Pipeline::State : public std::enable_shared_from_this<State> {
 public:
  State(runtime::AsioLoop& loop, ConnectionPtr connection, Task on_lost)
      : connection_(std::move(connection)),
        socket_(loop.context(), PQsocket(connection_.get())),
        on_lost_(std::move(on_lost)) {}

  ~State() {
    if (socket_.is_open()) socket_.release();  // libpq closes it
  }

  void execute(const std::vector<Query>& queries, Done done) {
    done_ = std::move(done);
    results_.clear();
    error_.reset();
    for (const Query& query : queries) {
      if (!send(query)) return fail_later();
    }
    if (PQpipelineSync(connection_.get()) != 1) return fail_later();
    flush();
  }

  void wait_for_results() {
    socket_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const error_code& problem) {
      if (!problem && self->is_open_) self->read();
    });
  }

  void close() {
    is_open_ = false;
    done_ = nullptr;
    on_lost_ = nullptr;
    if (socket_.is_open()) socket_.release();
    connection_.reset();
  }

 private:
  bool send(const Query& query) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const std::string& param : query.params) {
      values.push_back(param.data());
      lengths.push_back(static_cast<int>(param.size()));
    }
    const std::vector<int> formats(values.size(), 1);
    return PQsendQueryPrepared(connection_.get(), query.statement->name, static_cast<int>(values.size()),
                               values.data(), lengths.data(), formats.data(), 1) == 1;
  }

  void flush() {
    const int left = PQflush(connection_.get());
    if (left < 0) return fail_later();
    if (left == 0) return;
    socket_.async_wait(stream_descriptor::wait_write, [self = shared_from_this()](const error_code& problem) {
      if (!problem && self->is_open_) self->flush();
    });
  }

  void read() {
    // Under TLS a record may leave bytes that no readable socket announces: a second look takes them.
    const int looks = PQsslInUse(connection_.get()) ? 2 : 1;
    for (int i = 0; i < looks; ++i) {
      if (PQconsumeInput(connection_.get()) != 1) return lose();
      if (take_results()) finish();
      if (!is_open_) return;
    }
    wait_for_results();
  }

  /// True once the transaction's end has come.
  bool take_results() {
    if (!done_) return false;
    // A statement's results end with a null, the sync's with none.
    while (PQisBusy(connection_.get()) == 0) {
      PGresult* result = PQgetResult(connection_.get());
      if (!result) continue;
      const ExecStatusType status = PQresultStatus(result);
      Rows rows(result);
      if (status == PGRES_PIPELINE_SYNC) return true;
      if (status == PGRES_PIPELINE_ABORTED) continue;
      if (rows.succeeded()) {
        results_.push_back(std::move(rows));
      } else if (!error_) {
        error_ = rows.error();
      }
    }
    return false;
  }

  void finish() {
    auto done = std::exchange(done_, nullptr);
    if (error_) return done(std::unexpected(std::move(*error_)));
    done(std::move(results_));
  }

  void lose() {
    const PgError error{error_ ? error_->state : "", message_of(connection_.get())};
    is_open_ = false;
    socket_.release();
    auto done = std::exchange(done_, nullptr);
    auto on_lost = std::exchange(on_lost_, nullptr);
    if (done) return done(std::unexpected(error));
    if (on_lost) on_lost();
  }

  /// No callback runs inside the call that was given it.
  void fail_later() {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->is_open_) self->lose();
    });
  }

  ConnectionPtr connection_;
  stream_descriptor socket_;
  Task on_lost_;
  Done done_;
  std::vector<Rows> results_;
  std::optional<PgError> error_;
  bool is_open_ = true;
};

Pipeline::Pipeline(runtime::AsioLoop& loop, ConnectionPtr connection, Task on_lost)
    : state_(std::make_shared<State>(loop, std::move(connection), std::move(on_lost))) {
  state_->wait_for_results();
}

Pipeline::~Pipeline() { state_->close(); }

void Pipeline::execute(const std::vector<Query>& queries, Done done) {
  state_->execute(queries, std::move(done));
}

}  // namespace callboard::log
