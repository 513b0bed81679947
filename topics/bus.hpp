#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/ports.hpp"
#include "shared/base/time.hpp"

/// The bus carries jobs to whichever worker is free, and notices back. It is never the truth: what it loses
/// is published again from the log, what it doubles the log's keys settle. No word of a broker stands in
/// these ports.
///
/// Every call and callback is on the owner's loop; no callback runs inside the call that was given it. What
/// is sent in one turn of the loop goes out in one write. A bus that is away reconnects by itself for ever;
/// meanwhile publishing fails with `unavailable` once its bounded buffer is full. Adapters create what is
/// missing on the broker.
namespace callboard::topics {

/// A publication that the broker has not answered by then fails with `timeout`.
inline constexpr Micros kPublishTimeout = std::chrono::seconds(5);

/// Where a published job stands, as the broker told. Opaque to everyone but the adapter; cheap to keep for
/// each job.
struct Receipt {
  std::uint64_t stream = 0;    // which stream it is: another number after it was made anew
  std::uint64_t sequence = 0;  // 0: not known
};

/// The dispatcher's side of jobs.
class JobPublisher {
 public:
  virtual ~JobPublisher() = default;

  using Published = std::move_only_function<void(Result<Receipt>)>;
  /// Publishes one job to a pool. `id` is unique to the attempt (run and key of its first step) and stands in
  /// the message beside the bytes, so that `probe` can tell it from another job at the same number. Success:
  /// the broker has stored it. An error says nothing about whether it has.
  virtual void publish(std::string_view pool, std::string_view id, std::string bytes, Published done) = 0;

  /// Proof of loss (design, "The life of a step", 8): true if the broker still holds the job with this id at
  /// the receipt's place (waiting, or with a worker and not yet acknowledged), false if it certainly does
  /// not: the stream is another one, nothing or another job stands there. Any error is no proof.
  using Probed = std::move_only_function<void(Result<bool>)>;
  virtual void probe(const Receipt& receipt, std::string_view id, Probed done) = 0;
};

/// One delivery of a job to this process. Valid until acknowledged, handed back, or the source is stopped.
struct JobDelivery {
  std::uint64_t handle = 0;  // of this delivery, in this process
  std::string bytes;
  std::uint32_t deliveries = 1;  // this one included, as the broker counts them: 2 and above is a redelivery
  Micros age{0};                 // since it was published, by the broker's clock
  std::string id{};              // as it was published with; empty if the message has none
};

/// The worker's side of jobs: one pool, fetched as slots are free.
class JobSource {
 public:
  virtual ~JobSource() = default;

  using OnJob = std::move_only_function<void(JobDelivery)>;
  /// Called once, before `want`.
  virtual void start(OnJob on_job) = 0;
  /// `slots` more jobs may be delivered. What the broker has not delivered stays wanted, across reconnects
  /// and a stream made anew; the source never delivers more than was wanted in all.
  virtual void want(std::uint32_t slots) = 0;
  /// The job is done; it won't come again (best effort: a lost ack is a redelivery).
  virtual void ack(std::uint64_t handle) = 0;
  /// The job goes back and comes again, here or elsewhere, not before `delay` has passed.
  virtual void hand_back(std::uint64_t handle, Micros delay) = 0;
  /// The holder lives: the ack wait (limits::kAckWait) begins anew. One batch for all running jobs.
  virtual void renew(const std::vector<std::uint64_t>& handles) = 0;
  /// Nothing more is wanted; jobs that arrive all the same go back at once. Calls `stopped` when nothing is
  /// on its way.
  virtual void stop(Task stopped) = 0;
};

/// Best-effort messages: may be lost, doubled, reordered; nothing rests on one arriving.
class Notices {
 public:
  virtual ~Notices() = default;

  using OnNotice = std::move_only_function<void(std::string_view bytes)>;
  /// Events appended of runs in `partition`, to whoever owns it. See notice.hpp for the bytes.
  virtual void notify(Partition partition, std::string bytes) = 0;
  virtual void subscribe(Partition partition) = 0;
  virtual void unsubscribe(Partition partition) = 0;
  /// Called once, before the first subscribe.
  virtual void on_notice(OnNotice handler) = 0;

  /// To every process of a kind: control messages to workers, presence of workers to dispatchers.
  enum class Audience : std::uint8_t { workers, dispatchers };
  virtual void broadcast(Audience audience, std::string bytes) = 0;
  /// Every handler given hears every message, in the order in which they were given.
  virtual void listen(Audience audience, OnNotice handler) = 0;
};

/// Health of the connection, for /ready and for reasons to wait.
class BusHealth {
 public:
  virtual ~BusHealth() = default;
  virtual bool is_connected() const = 0;
};

/// One process's end of the bus: hands out the ports. Outlives the sources it made.
class Bus {
 public:
  virtual ~Bus() = default;
  virtual JobPublisher& jobs() = 0;
  virtual Notices& notices() = 0;
  virtual BusHealth& health() = 0;
  /// A source of one pool. Destroying it without `stop` is what a crash does: its jobs come again after the
  /// ack wait.
  virtual std::unique_ptr<JobSource> make_source(std::string pool) = 0;
  /// Sends what is buffered, then lets the connection go; `closed` is called when nothing more will be. No
  /// port is used afterwards, and what waited for an answer gets none.
  virtual void close(Task closed) = 0;
};

}  // namespace callboard::topics
