#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/run/event.hpp"
#include "shared/run/graph.hpp"
#include "shared/value/value.hpp"

namespace callboard::run {

/// Stored numbers (column run.state).
enum class RunPhase : std::uint8_t {
  pending = 0, waiting = 1, running = 2, paused = 3, cancelling = 4, completed = 6, failed = 7, cancelled = 8,
};
std::string_view to_string(RunPhase phase);
std::optional<RunPhase> parse_run_phase(std::string_view text);
inline bool is_closed(RunPhase phase) { return phase >= RunPhase::completed; }

enum class StepPhase : std::uint8_t {
  pending,    // a dependency is open
  blocked,    // dependencies closed; its `if` is not decided
  ready,      // wants a worker (or, held, its timer)
  running,    // a worker has said `started`
  retrying,   // the next attempt has a time
  deciding,   // an attempt failed; whether it is tried again is not decided
  completed, failed, skipped, cancelled,
};
std::string_view to_string(StepPhase phase);  // as the API names it: blocked and deciding show as pending and running
inline bool is_closed(StepPhase phase) { return phase >= StepPhase::completed; }

struct StepState {
  StepPhase phase = StepPhase::pending;
  std::uint32_t attempt = 1;            // the current one
  std::uint32_t open_dependencies = 0;
  bool below_failure = false;           // an ancestor failed without continueOnError
  std::string result = "null";          // compact JSON
  StepError error;                      // of the last failed attempt
  Time ready_at{};                      // the latest `at` among what made it ready; 0 if not
  Time started_at{};
  Time closed_at{};
  Time retry_at{};
  Incarnation worker;                   // who said `started`
  std::string usage;
  std::vector<Event> early;             // outcomes and starts of attempts that can't have begun yet, as this fold knows
};

/// A run as folded. One owner; a value.
struct RunState {
  RunId id;
  RunPhase phase = RunPhase::pending;
  std::uint32_t decisions = 0;          // rows d/0 … d/<decisions-1> are folded
  std::map<std::uint32_t, Event> later_decisions;  // rows that came before their predecessor
  Created created;
  /// The payload of the delivery, put here by the shell before decide where graph.reads_event; null otherwise.
  std::shared_ptr<const Value> event;   // shared with the delivery's other runs
  std::vector<StepState> steps;
  std::uint32_t open_steps = 0;
  bool failed = false;                  // a step failed without continueOnError
  bool cancel_asked = false;            // a command says so; no decision has consumed it
  std::optional<StepError> closing;     // run.cancelling's reason: class cancelled or timeout
  Time latest_at{};                     // of the facts and decisions folded: what now() is
  Time closed_at{};
  std::string outputs = "null";
  StepError error;                      // of a failed run

  /// Steps that decide has not looked at since they changed. Each fold adds the few that it touched, so that the work
  /// of an event does not grow with the number of steps. decide() empties it.
  std::vector<StepIndex> attention;
  bool attention_run = false;           // the run itself changed: created, all steps closed, cancel asked, closing
};

}  // namespace callboard::run
