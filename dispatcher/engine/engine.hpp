#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dispatcher/engine/callees.hpp"
#include "dispatcher/engine/definitions.hpp"
#include "dispatcher/engine/fold_saver.hpp"
#include "dispatcher/engine/fold_store.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/folds.hpp"
#include "shared/log/listeners.hpp"
#include "shared/log/log.hpp"
#include "shared/run/state.hpp"
#include "shared/run/waiting.hpp"
#include "topics/bus.hpp"
#include "topics/job.hpp"

namespace callboard::dispatcher {

/// Owns the runs of the partitions that this process leases: folds them, decides, appends, publishes, keeps
/// timers. Reaches everything through ports; single-threaded on its loop; deterministic from them.
class Engine {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    Random& random;
    log::EventLog& events;
    log::Ownership& ownership;
    log::Slots& slots;
    log::Library& library;  // payloads of deliveries, when a partition is taken over
    log::Folds& folds;
    log::Listeners& listeners;
    Definitions& definitions;
    Callees& callees;
    topics::JobPublisher& jobs;
    topics::Notices& notices;
    topics::BusHealth& bus;
  };
  struct Options {
    Incarnation self;
    std::string name;  // host and process id
    Partition partitions = limits::kPartitions;
    bool segments = true;
    /// Called with each beat's answer: the database's time, and when the question was sent.
    std::function<void(Time, Steady)> on_database_time;
    /// A stored fold was of no use, and is dropped.
    FoldStore::Refused on_refused_fold;
    std::uint32_t stored_fold_events = limits::kStoredFoldEvents;
  };

  Engine(Ports ports, Options options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Begins to lease partitions and to own their runs.
  void start();
  /// Lets go of everything: partitions are free at once for others. Nothing is published after `stopped`.
  void stop(Task stopped);
  /// At least one beat succeeded and the last one is not older than the lease.
  bool is_ready() const;

  // Making runs. The API and the triggers make ids here, send the arrival, and hand over what was committed.

  /// An id in a partition that this process owns; in any partition while it owns none.
  RunId make_run_id();
  Partition partition_count() const;
  bool owns(Partition partition) const;
  Writer next_writer();
  /// A run that was just committed by this process. Owned: the engine goes on with it from memory. Not (any
  /// more): nothing, its inbox row tells the owner. `event` is the payload, null if there is none.
  void adopt(const log::NewRun& run, GraphPtr graph, std::shared_ptr<const Value> event, Time at);
  /// A run that may have been made by this process, or is told of again: if it is open, young and ours it is
  /// read from the log, now and once more a little later, for its arrival may still be on its way.
  void expect(const RunId& run);
  /// Pauses were set or lifted: every dispatcher is told to read them again. `known` is called once this one
  /// has (nothing that they hold is published by it from then on), or could not, or stops.
  void tell_of_pauses(Task known);
  /// An event of a run: folded at once if the run is ours; a command or a signal has the inbox read.
  void notice(const run::Event& event);

  // Looking at runs

  /// Calls back once the run is closed (true), or `timeout` has passed or the run is not ours (false). The
  /// state is borrowed for the call, null if the run is not in memory.
  using Closed =
      std::move_only_function<void(bool closed, const run::Graph* graph, const run::RunState* state)>;
  void when_closed(const RunId& run, Micros timeout, Closed done);
  /// Why an open run of ours is not closed: the core's reasons, with what only the engine knows.
  struct Reason {
    std::string kind;  // worker, timer, retry, signal, event, approval, answer, pause, place, throttle,
                       // child, decision, stopping, no_worker, window, bus, set_aside
    run::StepIndex step = run::kNoStep;
    Time since{};
    std::optional<Time> until;
    std::string detail;
  };
  std::optional<std::vector<Reason>> find_reasons(const RunId& run) const;
  /// When an open run of ours that is not in memory is read again: Time::max() if only what is asked of it
  /// brings it back; nothing if it is in memory, or not ours. Why it waits follows from its log alone.
  std::optional<Time> find_parked(const RunId& run) const;
  /// Called for each event folded of a run of ours, in the order of folding. For streams that follow one run.
  using OnEvent = std::function<void(const run::Event&)>;
  std::uint64_t follow(const RunId& run, OnEvent on_event);
  void unfollow(std::uint64_t follower);

  /// Any run, from its stored fold where it has one.
  FoldStore& fold_store();
  FoldSaver& fold_saver();

  // Looking at the engine, for /metrics, /ready and /api/workers

  struct Counts {
    std::uint64_t partitions = 0, open_runs = 0, outstanding_jobs = 0, waiting_jobs = 0, timers = 0;
    std::uint64_t runs_closed = 0, events_folded = 0, rows_decided = 0, jobs_published = 0,
                  jobs_republished = 0, decisions_lost = 0, overdue_reads = 0, set_aside = 0;
  };
  Counts counts() const;
  /// The pauses of scopes that this dispatcher knows of.
  const std::vector<log::Pause>& pauses() const;
  std::vector<topics::Presence> workers() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace callboard::dispatcher
