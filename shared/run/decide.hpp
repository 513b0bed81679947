#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/listening.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// Effects are data. What the shell does with each is said here; decide does none of it.

/// Publish a job for these attempts: one step, or a line of steps that travels as a segment (`steps` in
/// order; the first is ready, the others follow at attempt 1).
struct PublishJob {
  std::vector<StepIndex> steps;
  std::uint32_t attempt = 1;  // of the first
};

/// Call decide again, with the step in `attention`, when the time has come. Replaces the step's earlier
/// timer.
struct ArmTimer {
  Time at{};
  StepIndex step = kNoStep;  // kNoStep: the run's own time-out
};

/// Find out what a step means that starts a run, or make that run ready, and call decide again, with the step
/// in attention, once Outlook::prepared has the answer under `run`. Asked again, it is the same question.
struct StartRun {
  enum class Role : std::uint8_t {
    child,      // of `workflow`: a run that is made with the row that says so
    successor,  // of `continueAs`: only what it will be is asked for
    made,       // the successor itself, which is made with the row that closes the run
  };
  Role role = Role::child;
  StepIndex step = kNoStep;
  RunId run;                  // that it will be
  std::string workflow;       // child: name or slug of a current workflow; successor: of its own, or else …
  std::string definition{};   // … successor: this one, by hash; made: this one
  std::string inputs = "{}";  // compact JSON; made: as they are, else to be held against the definition
  std::optional<Parent> parent{};  // of a child: as it stands in its d/0
  std::vector<std::string> shared_places{};
  std::vector<std::string> places_above{};
  bool leaves = false;
};

/// What became of a StartRun.
struct Prepared {
  StartRun asked;
  std::optional<StepError> problem{};  // it can't be started
  std::string definition{};            // hash
  std::string inputs{};                // compact JSON, with their defaults
};

/// A row of another run, appended in the transaction of a decision where its key is free and that run is
/// open; the other run's owner is told.
struct Told {
  RunId run;
  std::string key;
  EventType type = EventType::command_received;
  std::string data;
};

/// One row d/<number>, appended before anything that rests on it is published.
struct DecisionRow {
  std::uint32_t number = 0;
  std::vector<Decision> list;
  /// Set if the row closes the run: its phase afterwards.
  std::optional<RunPhase> closes{};
  /// With `closes`: outcome keys that the same transaction fills with `cancelled` where they are free.
  std::vector<std::string> free_keys{};
  /// The row rewinds a closed run: its head row is open again from then on.
  bool reopens = false;
  /// The row admits the run: it is appended together with taking what it needs, a place in its group and a
  /// turn of its throttle, and only if there are both.
  bool admits = false;
  /// The row admits an attempt of this step: likewise, with a turn of its throttle (its one decision's
  /// `rate`).
  StepIndex admits_step = kNoStep;
  /// Runs that are made with the row, in its transaction: what was prepared under these ids.
  std::vector<RunId> starts{};
  /// Of the row that closes a child: its parent's outcome. Of one that cancels a run: its children.
  std::vector<Told> tells{};
};

struct Decided {
  std::vector<PublishJob> jobs;
  std::vector<ArmTimer> timers;
  std::vector<StartRun> starts;
  /// Commands to children that have taken too long. Any time again: their keys are the same.
  std::vector<Told> tells;
  /// What the run listens to from now on, until it is closed or the attempt has ended. Said again whenever it
  /// is looked at.
  std::vector<Listen> listens;
  std::optional<DecisionRow> row;
  /// Workers must be told to stop what they execute of this run; decide is to be called again (with
  /// attention_run) when none of its attempts is with a live worker any more.
  bool stop_workers = false;
  /// The run is paused before it had a place: others of its group go first.
  bool stands_aside = false;
};

/// A pause that stands over this run among others.
struct Hold {
  std::string scope;  // as in Paused
  std::string why;
};

/// What decide can't know from the log: the time, whether attempts of a cancelling run may still be with a
/// worker, and whether the run is held.
struct Outlook {
  Time now{};
  bool workers_stopped = false;
  const Hold* hold = nullptr;  // borrowed for the call; null: none
  /// Why the run gets no place in its group and does not wait for one; borrowed for the call, null: none.
  const std::string* no_place = nullptr;
  /// The answers to StartRun, by the run that it names; borrowed for the call, null: none.
  const std::map<RunId, Prepared>* prepared = nullptr;
  /// The run was told that its turn comes about then: it does not ask before. Nothing: it asks when it is
  /// looked at.
  std::optional<Time> turn_at{};
  /// Throttles of which no step asks for a turn before that time; borrowed for the call, null: none.
  const std::map<std::string, Time>* no_turn_before = nullptr;
  /// Throttles of which the run may ask for turns; borrowed for the call, null: all.
  const std::set<std::string>* may_ask = nullptr;
};

/// Looks at what `state.attention` names, empties it, and says what follows. At most one row: the caller
/// appends it and calls again once its fate is folded; until then it does not call for this run. Pure but for
/// the state, in which it empties `attention` and notes as ready what it found to be (a blocked step whose
/// `if` holds, a retry whose time has come), which a fold from cold finds again.
///
/// A step is returned only while it is in `attention`, whatever is published of it already: that is the
/// caller's to know by key. One that a worker has begun is returned too where it is in `attention`, which is
/// so after a fold from cold alone: somebody must watch over it (design, point 8).
///
/// A paused run publishes nothing and arms no timer; its resume puts every open step into attention again. A
/// run that Outlook::hold stands over is paused before anything else of it begins, and resumed once none does
/// and no person pauses it as well. Of a closed run only a rewind is decided.
///
/// A run that needs a place in its group asks for one (DecisionRow::admits) when it is folded or told of
/// anything, and rests until then: whoever leaves a place wakes it. So does one that needs a turn of its
/// throttle, for which it has a timer. Cancelled or timed out before, it closes at once, without cleanup.
///
/// A step that starts a run is begun by the row that the run is made with. It ends by the outcome that the
/// close of its child writes, and by nothing else (children.hpp).
///
/// A cancelling run asks for `stop_workers` until Outlook::workers_stopped was true once; from then on
/// nothing of it counts as published any more. Steps whose `if` holds while it cancels (always(),
/// cancelled()) begin then, and when they are over the run closes.
Decided decide(const Graph& graph, RunState& state, const Outlook& outlook);

/// The delay before attempt `attempt` (from 2): exponential, with jitter that is a hash of (run, step,
/// attempt).
Micros retry_delay(const RetryPolicy& policy, const RunId& run, std::string_view step, std::uint32_t attempt);

}  // namespace callboard::run
