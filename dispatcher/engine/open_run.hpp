#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dispatcher/engine/definitions.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/items.hpp"

namespace callboard::dispatcher {

/// A run that a row of another one makes, and what is at hand of it then.
struct ReadyRun {
  log::NewRun run;
  GraphPtr graph;
  std::shared_ptr<const Value> event;  // as in run::RunState
};

/// A run that this process owns, folded in memory. Owned by Runs; the other units keep what is theirs in the
/// fields that name them.
struct OpenRun {
  run::RunState state;
  GraphPtr graph;
  Partition partition = 0;

  /// What is executed at a place of the state's steps, and its key ("build[3]").
  const run::Step& step(run::StepIndex place) const { return run::step_of(*graph, state, place); }
  std::string key(run::StepIndex place) const { return run::key_of(*graph, state, place); }

  std::uint64_t serial = 0;  // of this stay in memory: an answer meant for an earlier one is told by it

  // Runs
  bool again = false;     // another process may have published its jobs: every copy is marked again
  bool is_asked = false;  // read because somebody asked something of it
  bool dirty = false;     // waits for the next turn
  bool deciding = false;  // a row of decisions is in flight; nothing is decided until its fate is folded
  bool stale = false;     // lost a number: nothing is decided until it is folded anew
  bool workers_stopped = false;  // none of its attempts is with a live worker (cancelling)
  std::uint32_t folded = 0;      // events, since somebody was told of so many
  std::string no_place;          // why it gets none in its group and does not wait; empty: it may
  std::optional<Time> turn_at;   // when it asks again for a turn of its throttle, that it lacked last
  std::string set_aside;         // why it can't be folded; empty: it can
  std::map<std::string, Time> no_turn_before;  // throttles of which its steps lacked a turn last
  std::set<std::string> queues;                // throttles at which it waits for its steps
  bool may_queue = false;                      // and at others, before it was read

  // Children: by the runs that its steps start
  std::map<RunId, run::Prepared> prepared;
  std::map<RunId, ReadyRun> started;
  std::set<RunId> preparing;

  // Publisher
  std::vector<std::uint64_t> jobs;  // by step: the serial of the job that carries its attempt, 0 if none
  std::string party;                // whose turns its jobs take in the fair order; empty: not asked for yet
  std::uint64_t rank = 0;           // its last turn among the runs of its party

  // TurnOrder
  std::set<std::string> waits_at;  // throttles of which others ask for turns before it
  std::set<std::string> may_ask;   // throttles of which it may

  // Timers
  std::vector<std::pair<run::StepIndex, Time>> timers;

  // Listening
  std::map<std::string, bool> listens;  // targets that listen, and whether all that came before has been held

  // Shown
  std::optional<run::RunPhase> shown;  // what its head row says, where that is known
  Steady changed_at{};
  bool watched = false;
};

}  // namespace callboard::dispatcher
