#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dispatcher/engine/admission.hpp"
#include "dispatcher/engine/children.hpp"
#include "dispatcher/engine/engine.hpp"
#include "dispatcher/engine/open_run.hpp"
#include "dispatcher/engine/partitions.hpp"
#include "dispatcher/engine/pauses.hpp"
#include "dispatcher/engine/publisher.hpp"
#include "dispatcher/engine/timers.hpp"
#include "dispatcher/engine/turn_order.hpp"
#include "dispatcher/engine/watchers.hpp"
#include "shared/run/listening.hpp"

namespace callboard::dispatcher {

/// The open runs in memory: folds what is told of them and, once a turn of the loop, decides for those that
/// changed. A row of decisions is appended before anything that rests on it, one of a run at a time; its
/// number, not the lease, is what makes a second owner harmless: whoever loses a number folds the run anew
/// from the log. On the loop.
class Runs {
 public:
  struct Hooks {
    std::function<void(const RunId&)> read_again;  // and call refold with the answer
    std::function<void(OpenRun&)> stop_workers;
    std::function<void(OpenRun&, const std::vector<run::Listen>&)> listens;  // to these, from now on
    std::function<void(OpenRun&)> changed;          // for the head row; it may leave memory
    std::function<void(const run::Event&)> folded;  // of a run in memory: a refold under way must not lose it
    std::function<void(const RunId&)> added;        // it is in memory, or was found closed
    std::function<void(const RunId&, std::size_t events)> grown;  // so many were folded, or it is closed
    std::function<void()>
        left_group;  // a run has left its group or a queue, or others were told to: see the inbox
    /// A run was made by a row of one of ours, at that time; it is in the same partition.
    std::function<void(const log::NewRun&, const GraphPtr&, std::shared_ptr<const Value> event, Time at)>
        made;
    std::function<void(const run::Event&)> notice;  // an event of another run, that a row of ours has left
  };

  /// What is folded into a new place in memory.
  struct Found {
    RunId id;
    Partition partition = 0;
    GraphPtr graph;
    std::shared_ptr<const Value> event;  // shared by the runs of one delivery
    std::vector<run::Event> events;
    bool again = false;
    bool is_asked = false;
    std::optional<run::RunState> start{};  // what `events` are folded onto; nothing: they are all
  };

  Runs(const Engine::Ports& ports, Writers& writers, const Partitions& partitions, const Pauses& pauses,
       Publisher& publisher, Timers& timers, Watchers& watchers, Engine::Counts& counts,
       const Incarnation& self, Partition partition_count, Hooks hooks);

  /// Takes a run into memory, unless it is there or closed.
  void add(Found found);
  /// A run that can't even be read: it is shown and left alone.
  void add_set_aside(const RunId& id, Partition partition, std::string why);
  /// Replaces the fold of a run in memory by one from scratch. Its jobs stay known.
  void refold(const RunId& id, const std::vector<run::Event>& events);
  /// One event, of whatever run; those of runs not in memory are ignored.
  void fold(const run::Event& event);
  /// The run is to be looked at in the next turn.
  void touch(OpenRun& run);
  /// Publishes jobs, and has runs ask for turns, as far as there is room: at the end of a turn, and where
  /// there may be more of it.
  void pump();
  /// A command says so that no decision has consumed. Until then what told of it stays in the inbox: the run
  /// may be closed by the time that another process owns it, and nothing else would name it.
  bool is_to_be_rewound(const RunId& id) const;
  /// In a while the run is folded anew from the log: an append of ours was refused.
  void read_again(OpenRun& run);
  void drop(const RunId& id);
  /// Out of memory, and still ours: whoever waits for its end goes on waiting.
  void park(OpenRun& run);
  void drop_partition(Partition partition);
  void drop_all();

  OpenRun* find(const RunId& id);
  const OpenRun* find(const RunId& id) const;
  /// The same stay in memory as it was then, or null.
  OpenRun* find(const RunId& id, std::uint64_t serial);
  std::size_t size() const { return runs_.size(); }
  /// Rows of decisions whose fate is not known yet.
  std::size_t rows_in_flight() const { return rows_in_flight_; }
  template <typename Visit>
  void each(Visit visit) const {
    for (const auto& [id, run] : runs_) visit(*run);
  }

 private:
  bool apply(OpenRun& run, const run::Event& event);
  /// To another definition: nothing more of it is folded or decided until it is read again by that one.
  bool is_moved(OpenRun& run);
  void set_aside(OpenRun& run, std::string why);
  /// The run is closed: out of memory with it, unless it is to be rewound.
  void close(OpenRun& run);
  void turn();
  void decide(OpenRun& run);
  log::Append make_append(OpenRun& run, run::DecisionRow row);
  void commit(OpenRun& run, run::DecisionRow row);
  void append(OpenRun& run, run::DecisionRow row);
  void admit(OpenRun& run, run::DecisionRow row);
  void admit_step(OpenRun& run, run::DecisionRow row);
  struct Turn {
    std::string throttle;
    run::StepIndex step = run::kNoStep;
  };
  void admitted_step(const RunId& id, std::uint64_t serial, const Turn& turn,
                     Result<Admission::Answer> answer);
  void leave_turns(OpenRun& run);
  void not_admitted(OpenRun& run, const Error& error);
  void admitted(const RunId& id, std::uint64_t serial, Result<Admission::Answer> answer);
  void appended(const RunId& id, std::uint64_t serial, Result<log::Appended> answer);
  Children::Hooks child_hooks();
  void forget(OpenRun& run);

  const Engine::Ports& ports_;
  Writers& writers_;
  const Partitions& partitions_;
  const Pauses& pauses_;
  Publisher& publisher_;
  Timers& timers_;
  Watchers& watchers_;
  Engine::Counts& counts_;
  Hooks hooks_;
  Admission admission_;
  Children children_;
  TurnOrder turns_;
  std::uint64_t last_serial_ = 0;
  std::size_t rows_in_flight_ = 0;
  std::unordered_map<RunId, std::unique_ptr<OpenRun>> runs_;
  std::vector<OpenRun*> dirty_;  // null: dropped since
  bool turn_posted_ = false;
};

}  // namespace callboard::dispatcher
