#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/run/event.hpp"
#include "shared/run/graph.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/value.hpp"

namespace callboard::run {

/// Stored numbers (column run.state).
enum class RunPhase : std::uint8_t {
  pending = 0,
  waiting = 1,
  running = 2,
  paused = 3,
  cancelling = 4,
  completed = 6,
  failed = 7,
  cancelled = 8,
};
std::string_view to_string(RunPhase phase);
std::optional<RunPhase> parse_run_phase(std::string_view text);
inline bool is_closed(RunPhase phase) { return phase >= RunPhase::completed; }

enum class StepPhase : std::uint8_t {
  pending,   // a dependency is open
  blocked,   // dependencies settled; its `if`, or what a failed ancestor means for it, is not decided
  ready,     // wants a worker (or, held, its timer)
  running,   // a worker has said `started`
  retrying,  // the next attempt has a time
  deciding,  // an attempt failed; whether it is tried again is not decided
  asking,    // effect `once`, its worker died: somebody must say what became of it
  judging,   // an attempt completed; whether its `until` holds is not decided
  completed,
  failed,
  skipped,
  cancelled,
};
std::string_view to_string(StepPhase phase);  // as the API names it: blocked, deciding, judging and asking
                                              // show as pending, running, running, waiting
inline bool is_closed(StepPhase phase) { return phase >= StepPhase::completed; }

/// As the API names it where the step is known: one that is held and ready is `waiting`, for its timer.
std::string_view shown_state(const Step& step, StepPhase phase);

struct StepState {
  StepPhase phase = StepPhase::pending;
  std::uint32_t attempt = 1;            // the current one
  std::uint32_t generation = 1;         // in which that attempt is, or was, executed
  bool kept = false;                    // a rewind kept its end, which stands in an older generation
  bool decided = false;                 // its end was a decision
  std::uint32_t open_dependencies = 0;  // those that are not settled
  /// Closed, and all that it depends on is settled: only then may its dependents be judged. A result can be
  /// folded before those of the steps that it rests on.
  bool settled = false;
  bool left_open = false;  // cancelled by the close of the run alone: no outcome of it is folded
  bool below_failure =
      false;  // an ancestor failed without continueOnError; known once open_dependencies is 0
  std::string result = "null";  // compact JSON
  StepError error;              // of the last failed attempt
  Time ready_at{};              // the latest `at` among what it waited for, as far as that is known
  Time started_at{};            // of the last attempt that is known to have begun
  Time closed_at{};
  Time retry_at{};     // deciding, judging: when the attempt ended; retrying: when the next one may begin
  Incarnation worker;  // who said `started`
  std::string usage;   // of the last attempt that reported one
  std::uint32_t error_attempt = 0;  // the attempts that error, usage and started_at are of
  std::uint32_t usage_attempt = 0;
  std::uint32_t started_attempt = 0;
  std::optional<RunId> child;  // the run that its last attempt to start one has started
  bool leaves_child = false;   // which goes on where this run is cancelled
  std::uint32_t admitted = 0;  // of a throttled step: the attempt that had its turn last
  /// Outcomes and starts of attempts whose step.retry_scheduled is not folded yet, ordered by key.
  std::vector<Event> early;
};

/// Attempts that have begun: none of a step that was skipped, or cancelled before it could begin.
std::uint32_t attempts_made(const StepState& step);

/// Where an item of a map stands: RunState::steps behind the graph's own steps, in the order in which the
/// log spoke of them.
struct Item {
  StepIndex map = kNoStep;
  std::uint32_t number = 0;  // from 0
};

/// A map, and how far its items are.
struct MapState {
  bool has_begun = false;  // step.started is folded: how many items there are is known
  std::uint32_t count = 0;
  std::uint32_t opened = 0;  // items before this one may run
  Time begun_at{};
  std::vector<StepIndex> places{};  // of each item, by its number; kNoStep where the log has not spoken of it
  std::vector<Time> ends{};         // of the items that have ended, sorted: each lets one more begin
  /// The list itself, evaluated once. Not folded: absent until somebody looks at an item.
  std::shared_ptr<const Value> list{};  // shared with whoever renders an item
};

/// A command that no decision has consumed.
struct PendingCommand {
  Command command;
  Time at{};
};

/// A signal that no decision has consumed.
struct PendingSignal {
  Signal signal;
  Time at{};
};

/// The run that a run goes on as once it has completed.
struct Successor {
  StepIndex step = kNoStep;  // that said so
  RunId run;
  std::string definition;  // hash
  std::string inputs;      // compact JSON

  friend bool operator==(const Successor&, const Successor&) = default;
};

/// A run as folded. One owner; a value.
struct RunState {
  RunId id;
  RunPhase phase = RunPhase::pending;
  std::uint32_t decisions = 0;                     // rows d/0 … d/<decisions-1> are folded
  std::map<std::uint32_t, Event> later_decisions;  // rows that came before their predecessor
  Created created;
  /// The payload of the delivery, put here by the shell before decide where graph.reads_event; null
  /// otherwise.
  std::shared_ptr<const Value> event;  // shared with the delivery's other runs
  std::vector<StepState> steps;        // the graph's, in its order, and behind them items of maps
  std::vector<Item> items;             // steps[graph.steps.size() + i] is items[i]
  std::map<StepIndex, MapState> maps;  // those of which the log has spoken
  std::uint32_t open_steps = 0;        // of the graph, that are not settled
  bool failed = false;                 // a step failed without continueOnError
  std::uint32_t generation = 1;        // one more with every rewind
  bool queued = false;                 // it is not admitted (needs a place, or a turn): nothing of it begins
  Time begun_at{};                     // created, or rewound last: when its generation began
  Time opened_at{};                    // created, admitted or rewound last: its time-out counts from here …
  Micros paused_for{0};                // … without the time that it was paused
  Time paused_at{};                    // while it is paused …
  Paused paused;                       // … by whom
  std::optional<StepError> closing;    // run.cancelling's reason: class cancelled or timeout
  Time closing_at{};                   // its time
  std::map<std::string, PendingCommand> commands;  // by key
  std::map<std::string, PendingSignal> signals;    // by key
  std::set<std::string> consumed;                  // keys of commands and signals that a decision acted on
  std::map<std::string, Event> later_facts;        // of generations whose rewind is not folded yet, by key
  std::optional<Successor> successor;              // while it is open: it will go on as that run
  std::optional<RunId> continued_as;               // it has completed once, and this run went on for it
  Time latest_at{};                                // of the facts and decisions folded: what now() is
  Time closed_at{};
  std::string outputs = "null";
  StepError error;  // of a failed run

  /// Not folded: decide has seen Outlook::workers_stopped since the run began to cancel.
  bool workers_stopped = false;

  /// Not folded: throttled steps whose attempt has no turn yet, by the throttle's name, higher priority
  /// first.
  std::map<std::string, std::set<std::pair<std::int32_t, StepIndex>>> turns_wanted;

  /// Steps that decide has not looked at since they changed. Each fold adds the few that it touched, so that
  /// the work of an event does not grow with the number of steps. decide() empties it.
  std::vector<StepIndex> attention;
  bool attention_run = false;  // the run itself changed: created, all steps closed, a command, closing
};

}  // namespace callboard::run
