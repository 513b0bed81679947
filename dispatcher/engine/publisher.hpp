#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/engine/fair_order.hpp"
#include "dispatcher/engine/fleet.hpp"
#include "dispatcher/engine/open_run.hpp"
#include "dispatcher/engine/partitions.hpp"
#include "dispatcher/engine/pauses.hpp"
#include "shared/run/decide.hpp"

namespace callboard::dispatcher {

struct Pool;

/// The attempts of one job, from the moment decide asks for them until the last outcome is folded.
struct Job {
  enum class Phase : std::uint8_t { waiting, publishing, published };

  std::uint64_t serial = 0;
  OpenRun* run = nullptr;
  std::vector<run::StepIndex>
      steps;  // a step, or a line of them; OpenRun::jobs names this job while one has no outcome
  std::uint32_t attempt = 1;     // of steps[0]; the others are at their first
  std::uint32_t generation = 1;  // of the run, when it was asked for
  std::size_t sent_from = 0;     // the first of `steps` in the copy that was published last
  Phase phase = Phase::waiting;
  bool again = false;     // the next copy is not known to be the first
  bool settling = false;  // the owner is writing an outcome itself
  Pool* pool = nullptr;
  FairOrder::Place place{};  // in the pool's order, while it waits
  topics::Receipt receipt;
  Time published_at{};      // of the first copy
  std::uint32_t looks = 0;  // how often it was looked up since it made progress

  std::uint32_t attempt_of(std::size_t at) const { return at == 0 ? attempt : 1; }
  /// The first of its steps without an outcome; steps.size() if there is none.
  std::size_t first_open() const;
};

/// One lane: what waits here never holds up another.
struct Pool {
  std::string name;
  FairOrder waiting;
  std::size_t in_flight = 0;
};

/// Publishes jobs, at most a window of them a pool, and remembers those without an outcome. On the loop.
class Publisher {
 public:
  /// The job's first open step can't be sent; its outcome is `error`.
  using Unsendable =
      std::function<void(OpenRun& run, run::StepIndex step, std::uint32_t attempt, Error error)>;

  Publisher(const Engine::Ports& ports, const Fleet& fleet, const Partitions& partitions,
            const Pauses& pauses, Engine::Counts& counts, Unsendable unsendable);

  /// What decide asks for. Attempts that are on their way already are left alone.
  void offer(OpenRun& run, const run::PublishJob& asked);
  /// An outcome was folded.
  void settled(OpenRun& run, run::StepIndex step, std::uint32_t attempt, bool completed);
  /// Publishes what the windows let through, but nothing of a run that is paused, or is about to be: at the
  /// end of a turn.
  void pump();
  /// Another copy, on proof that the bus lost the last one.
  void republish(Job& job);
  /// Forgets the jobs of a run.
  void drop(OpenRun& run);
  /// Forgets those of its jobs that wait for their turn.
  void withdraw(OpenRun& run);
  /// Forgets jobs whose attempts are not current any more: the run was folded from scratch. `items` are those
  /// that it had before, whose places may be others now.
  void compare(OpenRun& run, const std::vector<run::Item>& items);

  Job* find(std::uint64_t serial);
  const Job* find(std::uint64_t serial) const;
  /// Published jobs whose time to be looked up has come, at most `most`.
  std::vector<std::uint64_t> take_due(std::size_t most);
  /// After `delay`, or when the queue time-out of its step is over, if that comes first.
  void look_again(const Job& job, Micros delay);
  /// How the job is called on the bus.
  std::string bus_id(const Job& job) const;

  std::size_t outstanding() const { return jobs_.size() - waiting(); }
  std::size_t waiting() const;
  std::size_t window(const Pool& pool) const;
  /// How many more jobs of ours the pool's workers could begin at once.
  std::size_t room(const std::string& pool) const;
  /// More jobs of ours are there than the pool's workers can execute at once.
  bool has_queue(const std::string& pool) const { return used(pool) > share(pool); }
  bool has_workers(const std::string& pool) const { return fleet_.slots(pool) > 0; }
  /// Why nothing is published at the moment: the bus is away or refuses jobs. Empty: it takes them.
  std::string trouble() const;

 private:
  std::size_t used(const std::string& pool) const;
  std::size_t share(const std::string& pool) const;
  void enqueue(Job& job);
  void move_places(OpenRun& run, const std::vector<run::Item>& items);
  void publish(Job& job);
  void published(std::uint64_t serial, Result<topics::Receipt> receipt);
  void saw_stream(std::uint64_t stream);
  void close_for_a_while();
  /// The steps from that one on are carried by this job no more: a worker stops at the first failure, so that
  /// nobody has the rest of the line.
  void release(const Job& job, std::size_t from);
  void finish(Job& job);
  void leave_lane(Job& job);
  bool may_publish() const;
  bool is_held(const OpenRun& run) const;

  const Engine::Ports& ports_;
  const Fleet& fleet_;
  const Partitions& partitions_;
  const Pauses& pauses_;
  Engine::Counts& counts_;
  Unsendable unsendable_;
  std::uint64_t last_serial_ = 0;
  std::unordered_map<std::string, Pool> pools_;
  std::unordered_map<std::uint64_t, Job> jobs_;
  std::map<std::int64_t, std::vector<std::uint64_t>> due_;  // by quarters of a second of the steady clock
  std::uint64_t stream_ = 0;                                // that took a job last
  Micros backoff_{0};
  std::string refusal_;    // of the bus, since it took a job last
  Steady closed_until_{};  // after an error of the bus
};

}  // namespace callboard::dispatcher
