#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"
#include "shared/log/postgres/session.hpp"
#include "shared/runtime/blocking_pool.hpp"

namespace callboard::log {

/// Everything but the append path: calls that block on threads of their own, each with a session for its
/// time. With one thread there is one session, and what is held in it (a session lock) stays held between the
/// calls.
class Readers {
 public:
  Readers(Loop& loop, std::string url, std::size_t threads, std::size_t queue);
  /// Waits for what runs; nobody is called any more.
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// Runs `work` on a thread and `done` on the loop with its result.
  template <typename T>
  void run(std::move_only_function<Result<T>(Session&)> work, Done<T> done) {
    auto shared =
        std::make_shared<Done<T>>(std::move(done));  // the loop may have to answer without the thread
    Task on_thread = [this, work = std::move(work), shared]() mutable {
      Session session = take_session();
      Result<T> result = work(session);
      give_back(std::move(session));
      answer<T>(shared, std::move(result));
    };
    if (!pool_.try_run(std::move(on_thread))) {
      answer<T>(shared, fail(ErrorCode::unavailable, "too many questions to the database wait"));
    }
  }

 private:
  template <typename T>
  void answer(std::shared_ptr<Done<T>> done, Result<T> result) {
    loop_.post(
        [alive = std::weak_ptr<bool>(alive_), done = std::move(done), result = std::move(result)]() mutable {
          if (alive.lock()) (*done)(std::move(result));
        });
  }

  Session take_session();
  void give_back(Session session);

  Loop& loop_;
  std::string url_;
  std::mutex mutex_;
  std::vector<Session> idle_;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // shared with answers that may outlive the readers
  runtime::BlockingPool pool_;       // last: its threads use the rest
};

/// The first error of a statement as the caller's error.
template <typename T>
Result<T> failed(const PgResult<Rows>& rows) {
  return std::unexpected(to_error(rows.error()));
}

}  // namespace callboard::log
