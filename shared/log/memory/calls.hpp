#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "shared/base/error.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"

namespace callboard::log {

/// What a process asks of the database, as far as faults tell them apart.
enum class CallKind : std::uint8_t { append, accept, admit, read, lease, other };

/// What becomes of one call on its way.
struct Fate {
  enum class What : std::uint8_t {
    done,
    refused,     // the database is away: nothing happened
    reply_lost,  // it happened, and nobody was told
  };
  What what = What::done;
  Micros before{0};  // until the transaction
  Micros after{0};   // from the transaction to its answer, or to the next try
};

/// Chooses the fate of each call. The simulation's hook; none: everything happens at once.
using Fates = std::function<Fate(CallKind)>;

/// How one process reaches the tables: each call is a transaction in a later turn of its loop, under a fate.
/// Appends, arrivals and admissions are held and sent again, unchanged, until their fate is known; anything
/// else then fails with `unavailable`. After `kill` nothing happens and nobody is called.
class MemoryCalls {
 public:
  MemoryCalls(Loop& loop, const Clock& clock, Fates fates)
      : loop_(loop), clock_(clock), fates_(std::move(fates)) {}

  /// `transaction` may run more than once.
  template <typename T>
  void run(CallKind kind, std::move_only_function<Result<T>()> transaction, Done<T> done) {
    try_once<T>(
        std::make_shared<Call<T>>(kind, 0, false, std::nullopt, std::move(transaction), std::move(done)));
  }

  /// The same, held across refusals until `give_up`; `bytes` count towards the bounded queue.
  template <typename T>
  void run_held(CallKind kind, std::size_t bytes, std::optional<Steady> give_up,
                std::move_only_function<Result<T>()> transaction, Done<T> done) {
    auto call =
        std::make_shared<Call<T>>(kind, bytes, true, give_up, std::move(transaction), std::move(done));
    if (held_rows_ + 1 > limits::kAppendQueueRows || held_bytes_ + bytes > limits::kAppendQueueBytes) {
      return later({}, [call] { call->done(fail(ErrorCode::too_large, "the queue to the log is full")); });
    }
    ++held_rows_;
    held_bytes_ += bytes;
    try_once<T>(std::move(call));
  }

  void kill() { alive_.reset(); }

 private:
  template <typename T>
  struct Call {
    CallKind kind;
    std::size_t bytes;
    bool held;
    std::optional<Steady> give_up;
    std::move_only_function<Result<T>()> transaction;
    Done<T> done;
  };

  void later(Micros delay, Task task) {
    Task guarded = [alive = std::weak_ptr<bool>(alive_), task = std::move(task)]() mutable {
      if (alive.lock()) task();
    };
    if (delay.count() == 0) return loop_.post(std::move(guarded));
    loop_.after(delay, std::move(guarded));
  }

  template <typename T>
  void try_once(std::shared_ptr<Call<T>> call) {  // shared: the loop's tasks hand it on, one at a time
    const Fate fate = fates_ ? fates_(call->kind) : Fate{};
    later(fate.before, [this, call, fate] {
      if (fate.what == Fate::What::refused) return retry<T>(call, fate);
      auto result = call->transaction();
      if (fate.what == Fate::What::reply_lost) return retry<T>(call, fate);
      if (fate.after.count() == 0) return answer<T>(*call, std::move(result));
      later(fate.after,
            [this, call, result = std::move(result)]() mutable { answer<T>(*call, std::move(result)); });
    });
  }

  template <typename T>
  void retry(std::shared_ptr<Call<T>> call, const Fate& fate) {
    later(fate.after, [this, call] {
      const bool too_late = call->give_up && clock_.steady() >= *call->give_up;
      if (call->held && !too_late) return try_once<T>(call);
      answer<T>(*call, fail(ErrorCode::unavailable, "the database can't be reached"));
    });
  }

  template <typename T>
  void answer(Call<T>& call, Result<T> result) {
    if (call.held) {
      --held_rows_;
      held_bytes_ -= call.bytes;
    }
    call.done(std::move(result));
  }

  Loop& loop_;
  const Clock& clock_;
  Fates fates_;
  std::size_t held_rows_ = 0;
  std::size_t held_bytes_ = 0;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // shared with the tasks that must not outlive kill()
};

}  // namespace callboard::log
