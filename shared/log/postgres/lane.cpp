#include "shared/log/postgres/lane.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSpacedRows = 8;  // a transaction of fewer rows is no load yet
constexpr Micros kSpacing = 1ms;        // between the begins of two transactions under load
constexpr Micros kBackoffFirst = 20ms;
constexpr Micros kBackoffMost = 1s;
constexpr Micros kWatch = 100ms;
constexpr Micros kSilence = 30s;  // of a server behind a connection that seems to stand

std::size_t rows_of(const ArrivalItem& item) { return 1 + item.arrival.runs.size(); }

template <typename T>
void move_back(std::deque<T>& queue, std::vector<T>& items) {
  queue.insert(queue.begin(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
}

template <typename T>
std::vector<T> second_half(std::vector<T>& items) {
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
  std::vector<T> half(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
  items.erase(middle, items.end());
  return half;
}

/// Takes away about half of a batch of two or more.
Batch split(Batch& batch) {
  Batch half;
  if (!batch.appends.empty() && !batch.arrivals.empty()) {
    half.arrivals = std::exchange(batch.arrivals, {});
  } else {
    half.appends = second_half(batch.appends);
    half.arrivals = second_half(batch.arrivals);
  }
  return half;
}

}  // namespace

bool Backlog::has_room(std::size_t more_bytes) const {
  return rows < limits::kAppendQueueRows && bytes + more_bytes <= limits::kAppendQueueBytes;
}

template <typename F>
auto Lane::guarded(F work) {
  return [alive = std::weak_ptr<bool>(alive_), work = std::move(work)](auto&&... args) mutable {
    if (alive.lock()) work(std::forward<decltype(args)>(args)...);
  };
}

Lane::Lane(Ports ports) : ports_(std::move(ports)) {}
Lane::~Lane() = default;

void Lane::start() {
  connect();
  watch();
}

void Lane::connect() {
  connecting_ = true;
  auto back = guarded([this](PgResult<ConnectionPtr> connection) { connected(std::move(connection)); });
  const bool queued =
      ports_.connector.try_run([&loop = ports_.loop, url = ports_.url, back = std::move(back)]() mutable {
        loop.post([back = std::move(back), connection = open_append_connection(url)]() mutable {
          back(std::move(connection));
        });
      });
  if (!queued) connecting_ = false;  // watch() tries again
}

void Lane::connected(PgResult<ConnectionPtr> connection) {
  connecting_ = false;
  if (!connection) {
    last_problem_ = connection.error().message;
    backoff_ = std::clamp(backoff_ * 2, kBackoffFirst, kBackoffMost);
    connecting_ = true;
    ports_.loop.after(backoff_, guarded([this] { connect(); }));
    return;
  }
  backoff_ = Micros(0);
  pipeline_ = std::make_unique<Pipeline>(ports_.loop, std::move(*connection),
                                         guarded([this] { lose_connection("the connection was closed"); }));
  pump_soon();
}

void Lane::lose_connection(const std::string& why) {
  last_problem_ = why;
  ++counts_.reconnects;
  ports_.loop.post([gone = std::move(pipeline_)] {});  // not within its own callback
  if (in_flight_) retries_.push_front(std::move(*std::exchange(in_flight_, std::nullopt)));
  reading_ = false;
  if (!connecting_) connect();
}

void Lane::enqueue(std::size_t bytes) {
  ++ports_.backlog.rows;
  ports_.backlog.bytes += bytes;
  pump_soon();
}

void Lane::append(AppendItem item) {
  const std::size_t bytes = bytes_of(item.row);
  appends_.push_back(std::move(item));
  enqueue(bytes);
}

void Lane::accept(ArrivalItem item) {
  const std::size_t bytes = bytes_of(item.arrival);
  arrivals_.push_back(std::move(item));
  enqueue(bytes);
}

void Lane::admit(AdmitItem item) {
  const std::size_t bytes = bytes_of(item.decision);
  admissions_.push_back(std::move(item));
  enqueue(bytes);
}

void Lane::release(const Batch& batch) {
  ports_.backlog.rows -= batch.size();
  for (const AppendItem& item : batch.appends) ports_.backlog.bytes -= bytes_of(item.row);
  for (const ArrivalItem& item : batch.arrivals) ports_.backlog.bytes -= bytes_of(item.arrival);
  if (batch.admission) ports_.backlog.bytes -= bytes_of(batch.admission->decision);
}

void Lane::pump_soon() {
  if (pump_posted_ || in_flight_ || reading_ || !pipeline_) return;
  pump_posted_ = true;
  ports_.loop.post(guarded([this] {
    pump_posted_ = false;
    pump();
  }));
}

void Lane::pump() {
  if (!pipeline_ || in_flight_ || reading_ || pausing_) return;
  if (!lost_.empty()) return read_lost();
  if (auto batch = next_batch()) send(std::move(*batch));
}

/// Under load rows gather until as many wait as went last time, at most until the spacing is over; a lone
/// row, and whatever comes after a transaction that took longer, goes at once.
bool Lane::should_gather_more() {
  const std::size_t rows = appends_.size() + arrivals_.size();
  if (last_rows_ < kSpacedRows || rows >= last_rows_) return false;
  const Micros passed = ports_.clock.steady() - sent_at_;
  if (passed >= kSpacing) return false;
  if (!std::exchange(gathering_, true)) {
    ports_.loop.after(kSpacing - passed, guarded([this] {
                        gathering_ = false;
                        pump();
                      }));
  }
  return true;
}

std::optional<Batch> Lane::next_batch() {
  if (!retries_.empty()) {
    Batch batch = std::move(retries_.front());
    retries_.pop_front();
    return batch;
  }
  const bool has_rows = !appends_.empty() || !arrivals_.empty();
  if (!admissions_.empty() && (std::exchange(admission_turn_, !admission_turn_) || !has_rows)) {
    Batch batch;
    batch.admission = std::move(admissions_.front());
    admissions_.pop_front();
    return batch;
  }
  if (!has_rows || (admissions_.empty() && should_gather_more())) return std::nullopt;
  return form_batch();
}

Batch Lane::form_batch() {
  Batch batch;
  std::size_t rows = 0;
  std::size_t bytes = 0;
  const auto fits = [&](std::size_t more_rows, std::size_t more_bytes) {
    const bool first = rows == 0;
    rows += more_rows;
    bytes += more_bytes;
    return first || (rows <= limits::kCommitRows && bytes <= limits::kCommitBytes);
  };
  while (!appends_.empty() && fits(1, bytes_of(appends_.front().row))) {
    batch.appends.push_back(std::move(appends_.front()));
    appends_.pop_front();
  }
  if (!appends_.empty()) return batch;
  while (!arrivals_.empty() && fits(rows_of(arrivals_.front()), bytes_of(arrivals_.front().arrival))) {
    batch.arrivals.push_back(std::move(arrivals_.front()));
    arrivals_.pop_front();
  }
  return batch;
}

void Lane::send(Batch batch) {
  last_rows_ = batch.size();
  sent_at_ = ports_.clock.steady();
  const std::vector<Query> queries = make_queries(batch, ports_.partitions);
  in_flight_ = std::move(batch);
  pipeline_->execute(queries,
                     guarded([this](PgResult<std::vector<Rows>> results) { sent(std::move(results)); }));
}

void Lane::sent(PgResult<std::vector<Rows>> results) {
  if (!results) {
    const PgError& error = results.error();
    if (error.is_refusal() || error.state == "CB001") {
      refused(std::move(*std::exchange(in_flight_, std::nullopt)), error);
    } else {
      retry_later(error);
    }
    return pump_soon();
  }
  Batch batch = std::move(*std::exchange(in_flight_, std::nullopt));
  ++counts_.commits;
  counts_.rows += batch.size();
  counts_.commit_micros += static_cast<std::uint64_t>((ports_.clock.steady() - sent_at_).count());
  backoff_ = Micros(0);
  release(batch);
  lost_ = settle(std::move(batch), std::move(*results));
  ports_.backlog.rows += lost_.size();
  for (const AppendItem& item : lost_.appends) ports_.backlog.bytes += bytes_of(item.row);
  for (const ArrivalItem& item : lost_.arrivals) ports_.backlog.bytes += bytes_of(item.arrival);
  counts_.lost += lost_.size();
  if (!lost_.empty()) return read_lost();
  pump_soon();
}

void Lane::read_lost() {
  if (!pipeline_) return;
  reading_ = true;
  sent_at_ = ports_.clock.steady();
  pipeline_->execute(make_reads(lost_), guarded([this](PgResult<std::vector<Rows>> results) {
                       reading_ = false;
                       if (!results) {
                         retry_later(results.error());
                         return pump_soon();
                       }
                       Batch lost = std::exchange(lost_, {});
                       release(lost);
                       Batch missing = settle_reads(std::move(lost), std::move(*results));
                       // A row that lost and is not there: its partition was dropped in between. It is
                       // appended anew.
                       for (AppendItem& item : missing.appends) append(std::move(item));
                       for (ArrivalItem& item : missing.arrivals) accept(std::move(item));
                       pump_soon();
                     }));
}

void Lane::refused(Batch batch, const PgError& error) {
  if (batch.size() == 1) {
    release(batch);
    const ErrorCode code = error.is_refusal() ? ErrorCode::invalid : ErrorCode::conflict;
    return fail_all(std::move(batch), {code, "the log refused the row: " + error.message});
  }
  Batch half = split(batch);
  retries_.push_front(std::move(half));
  retries_.push_front(std::move(batch));
}

/// The same batch again, unchanged: at once on a new connection, after a pause on this one.
void Lane::retry_later(const PgError& error) {
  last_problem_ = error.message;
  ++counts_.retries;
  if (in_flight_) retries_.push_front(std::move(*std::exchange(in_flight_, std::nullopt)));
  if (error.state.empty() || error.state.starts_with("57P0") || error.state.starts_with("08")) {
    return lose_connection(error.message);
  }
  backoff_ = std::clamp(backoff_ * 2, kBackoffFirst, kBackoffMost);
  if (std::exchange(pausing_, true)) return;
  ports_.loop.after(backoff_, guarded([this] {
                      pausing_ = false;
                      pump();
                    }));
}

void Lane::watch() {
  ports_.loop.after(kWatch, guarded([this] {
                      const bool silent =
                          (in_flight_ || reading_) && ports_.clock.steady() - sent_at_ > kSilence;
                      if (silent && pipeline_) lose_connection("the database does not answer");
                      if (!pipeline_ && !connecting_) connect();
                      give_up_on_late();
                      watch();
                    }));
}

/// An arrival that is under way is answered and stays in its batch: it may still happen.
void Lane::give_up_on_late() {
  const Steady now = ports_.clock.steady();
  const auto is_late = [now](const ArrivalItem& item) { return item.give_up <= now; };
  std::vector<Done<Arrived>> late;
  const auto mute = [&](Batch& batch) {
    for (ArrivalItem& item : batch.arrivals) {
      if (item.done && is_late(item)) late.push_back(std::exchange(item.done, nullptr));
    }
  };
  if (in_flight_) mute(*in_flight_);
  mute(lost_);
  std::ranges::for_each(retries_, mute);
  std::erase_if(arrivals_, [&](ArrivalItem& item) {
    if (!is_late(item)) return false;
    --ports_.backlog.rows;
    ports_.backlog.bytes -= bytes_of(item.arrival);
    late.push_back(std::move(item.done));
    return true;
  });
  for (Done<Arrived>& done : late) {
    if (done) done(fail(ErrorCode::unavailable, "the database can't be reached"));
  }
}

}  // namespace callboard::log
