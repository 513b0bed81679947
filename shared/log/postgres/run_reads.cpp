#include "shared/log/postgres/run_reads.hpp"

#include <algorithm>
#include <utility>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"

namespace callboard::log {
namespace {

using Events = std::vector<run::Event>;

constexpr std::size_t kRunsAtOnce = 32;
constexpr std::size_t kQuestions = 2;  // under way

constexpr Statement kReadRuns{
    "read_runs",
    "select run_id, key, type, writer, position, at, whole(run_id, data) from event "
    "where run_id = any ($1::uuid[]) order by run_id, position"};

}  // namespace

void RunReads::read(const RunId& run, Done<Events> done) {
  waiting_.push_back({run, std::move(done)});
  ask();
}

void RunReads::ask() {
  while (!waiting_.empty() && under_way_ < kQuestions) {
    ++under_way_;
    const std::size_t count = std::min(waiting_.size(), kRunsAtOnce);
    std::vector<Wish> wishes(std::make_move_iterator(waiting_.begin()),
                             std::make_move_iterator(waiting_.begin() + static_cast<std::ptrdiff_t>(count)));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    ArrayWriter runs(PgType::uuid, count, count * 16);
    for (const Wish& wish : wishes) runs.add(wish.run.uuid);
    Params params;
    params.add_bytes(std::move(runs).take());
    readers_.run<Events>(
        [params = std::move(params)](Session& session) -> Result<Events> {
          const auto rows = session.run(kReadRuns, params);
          if (!rows) return failed<Events>(rows);
          return read_each(*rows, [&](int row) { return read_event(*rows, row); });
        },
        [this, alive = std::weak_ptr(alive_), wishes = std::move(wishes)](Result<Events> events) mutable {
          if (!alive.expired()) answer(std::move(wishes), std::move(events));
        });
  }
}

void RunReads::answer(std::vector<Wish> wishes, Result<Events> events) {
  --under_way_;
  ask();
  for (Wish& wish : wishes) {
    if (!events) {
      wish.done(std::unexpected(events.error()));
      continue;
    }
    const auto [first, last] = std::ranges::equal_range(*events, wish.run, {}, &run::Event::run);
    Events own(first, last);  // a copy: the same run may have been asked for twice
    if (own.empty()) {
      wish.done(fail(ErrorCode::not_found, "there is no run " + to_string(wish.run)));
    } else {
      wish.done(std::move(own));
    }
  }
}

}  // namespace callboard::log
