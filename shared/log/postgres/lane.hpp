#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "shared/log/postgres/batch.hpp"
#include "shared/log/postgres/pipeline.hpp"
#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/blocking_pool.hpp"

namespace callboard::log {

/// What waits or is under way in one process, over all lanes, against the bounds of limits.hpp.
struct Backlog {
  std::size_t rows = 0;
  std::size_t bytes = 0;

  bool has_room(std::size_t more_bytes) const;
};

/// What a lane has done since its start.
struct LaneCounts {
  std::uint64_t commits = 0;
  std::uint64_t rows = 0;     // committed or lost: their fate is known
  std::uint64_t lost = 0;     // of them, rows that met another under their key
  std::uint64_t retries = 0;  // transactions sent again
  std::uint64_t reconnects = 0;
  std::uint64_t commit_micros = 0;  // from sending to the commit's reply, summed over the commits
};

/// Group commit over one connection, on the loop: one transaction at a time; rows that come meanwhile share
/// the next. Holds a batch across lost connections, deadlocks and restarts and sends it again unchanged until
/// its fate is known; splits one that the server refuses, so that a bad row fails alone.
class Lane {
 public:
  struct Ports {
    runtime::AsioLoop& loop;
    const Clock& clock;
    runtime::BlockingPool& connector;  // for connecting, which blocks
    std::string url;
    Backlog& backlog;
    Partition partitions = limits::kPartitions;
  };

  explicit Lane(Ports ports);
  /// Drops what waits: nobody is called any more.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Begins to connect.
  void start();
  void append(AppendItem item);
  void accept(ArrivalItem item);
  void admit(AdmitItem item);

  bool is_connected() const { return pipeline_ != nullptr; }
  const LaneCounts& counts() const { return counts_; }
  const std::string& last_problem() const { return last_problem_; }

 private:
  void connect();
  void connected(PgResult<ConnectionPtr> connection);
  void lose_connection(const std::string& why);
  void enqueue(std::size_t bytes);
  void pump_soon();
  void pump();
  bool should_gather_more();
  std::optional<Batch> next_batch();
  Batch form_batch();
  void send(Batch batch);
  void sent(PgResult<std::vector<Rows>> results);
  void read_lost();
  void refused(Batch batch, const PgError& error);
  void retry_later(const PgError& error);
  void release(const Batch& batch);
  void watch();
  void give_up_on_late();
  template <typename F>
  auto guarded(F work);

  Ports ports_;
  std::unique_ptr<Pipeline> pipeline_;
  std::deque<AppendItem> appends_;
  std::deque<AdmitItem> admissions_;
  std::deque<ArrivalItem> arrivals_;
  std::deque<Batch> retries_;  // sent before, to be sent again as they are
  std::optional<Batch> in_flight_;
  Batch lost_;  // committed; the rows that stand must be read before they are answered
  bool reading_ = false;
  bool admission_turn_ = false;
  bool pump_posted_ = false;
  bool pausing_ = false;    // until the backoff is over
  bool gathering_ = false;  // a timer ends the wait for more rows
  bool connecting_ = false;
  Steady sent_at_{};
  std::size_t last_rows_ = 0;
  Micros backoff_{0};
  LaneCounts counts_;
  std::string last_problem_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with tasks that may outlive the lane
};

}  // namespace callboard::log
