#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/run/graph.hpp"

namespace callboard::run {

/// Stored numbers: never changed, never used again.
enum class EventType : std::int16_t {
  run_created = 1,
  run_admitted = 2,
  run_migrated = 3,
  run_paused = 4,
  run_resumed = 5,
  run_rewound = 6,
  run_cancelling = 7,
  run_completed = 8,
  run_failed = 9,
  run_cancelled = 10,
  run_approved = 11,
  step_begun = 20,
  step_started = 21,
  step_completed = 22,
  step_failed = 23,
  step_lost = 24,
  step_skipped = 25,
  step_retry_scheduled = 26,
  step_progress = 27,
  agent_turn = 28,
  step_admitted = 29,
  signal_received = 40,
  signal_consumed = 41,
  command_received = 42,
};
std::string_view to_string(EventType type);  // "run.created"
std::optional<EventType> parse_event_type(std::string_view text);

/// One row of the log. A row of decisions (key d/<n>) carries the type of its last one, d/0 run_created.
struct Event {
  RunId run;
  std::string key;
  EventType type = EventType::run_created;
  Writer writer;
  std::int64_t position = 0;  // for people and paging; not a cursor
  Time at{};                  // the database's clock
  std::string data;           // compact JSON, see payload.hpp
};

struct StepError {
  ErrorClass error_class = ErrorClass::internal;
  std::string message;

  friend bool operator==(const StepError&, const StepError&) = default;
};

/// How an attempt ended: what stands under its result key.
struct Outcome {
  EventType type = EventType::step_completed;  // step_completed, step_failed or step_lost
  std::string result = "{}";                   // step_completed: compact JSON
  StepError error{};                           // step_failed, step_lost
  std::optional<Time> started_at{};            // of an attempt too quick for a `started` of its own
  std::string usage{};                         // compact JSON of token usage, or empty
};

/// Who pauses a run: a person, a pause that stands over several runs, or both. Each lifts its own alone.
struct Paused {
  bool by_person = false;
  std::string scope{};  // of the other: "workflow:review", "source:github" or "all"; empty: there is none
  std::string why{};    // of the other, in words: since when, and by whom

  bool is_paused() const { return by_person || !scope.empty(); }
  friend bool operator==(const Paused&, const Paused&) = default;
};

/// One decision inside a row d/<n>.
struct Decision {
  EventType type = EventType::run_created;
  StepIndex step = kNoStep;             // of the step.* ones
  std::optional<std::uint32_t> item{};  // of a map's, which of its items
  std::uint32_t items = 0;              // step_started: the map has begun, with so many items
  std::uint32_t attempt = 0;   // step_retry_scheduled: the one that will begin, from 2; step_admitted
  std::optional<Rate> rate{};  // step_admitted: whose turn the attempt has
  Time at{};                   // step_retry_scheduled: when
  /// Compact JSON. step_completed: the result; run_completed: the outputs; step_skipped: "condition" or
  /// "dependency".
  std::string value{};
  StepError error{};  // step_failed, run_failed; run_cancelling: why (class cancelled or timeout)
  /// Keys of the commands and signals that it acts on, which have no effect any more.
  std::vector<std::string> consumes{};
  Paused paused{};  // run_paused: by whom from now on

  // run_rewound: the run goes on as that generation.
  std::uint32_t generation = 0;
  /// Result keys that the new generation keeps; no other outcome of an older one counts any more.
  std::vector<std::string> keep{};
  /// Steps and items ("build[3]") whose end was itself a decision, and is kept.
  std::vector<std::string> keep_decided{};

  /// run_migrated: the hash of the one that all of the run is read by from now on. step_completed of
  /// `continueAs`: of the one that the run goes on as.
  std::string definition{};
  /// step_started of `workflow`: the child that is made with the row. step_completed of `continueAs`: the run
  /// that this one goes on as; run_completed: that run is made with the row.
  std::optional<RunId> run{};
  bool leaves = false;   // step_started of `workflow`: the child goes on where its parent is cancelled
  std::string inputs{};  // step_completed of `continueAs`: of that run, compact JSON
};

/// The step that started a run, as one of another run.
struct Parent {
  RunId run;
  std::string step;  // as in keys: "build", "build[3]"
  std::uint32_t attempt = 1;
  std::uint32_t generation = 1;
  bool awaits = false;  // the step ends with the child: its close writes the step's outcome

  friend bool operator==(const Parent&, const Parent&) = default;
};

/// What is written once, in d/0: everything that a fold needs beside the definition.
struct Created {
  std::string workflow;       // slug
  std::string hash;           // of the definition; in a run's state, of that which it was last moved to
  std::string inputs = "{}";  // compact JSON
  std::string vars = "{}";
  /// What started it: the source of its delivery ("github"), or "api". Empty in rows of before it was
  /// written.
  std::string source{};
  std::optional<DeliveryId> delivery;  // whose payload is `event`
  std::string event_name;              // "pull_request.opened", or empty
  std::optional<Group> group{};        // in which it needs a place
  std::optional<Rate> rate{};          // of which it needs a turn
  Labels labels{};                     // what it is found by
  std::optional<RunId> forked_from{};  // whose results stand behind run.created in the same row
  /// Whose turns its jobs take in the fair order, where an event names that: "github:acme/widgets".
  std::string party{};
  std::optional<Parent> parent{};
  /// Groups in which its parent, or a run above that, has a place until this run has ended: it stands on that
  /// place where it would need one in the same group.
  std::vector<std::string> shared_places{};
  /// Groups in which a run above it that waits for its end has a place, shared or not.
  std::vector<std::string> places_above{};
  std::optional<RunId> continued_from{};  // the run that went on as this one (continueAs)
  /// How many runs stand behind its cause, one behind the other; a run that no run caused has 0.
  std::uint32_t cause_depth = 0;
  /// People from outside caused it (a pull request from a fork): its steps get no secrets.
  bool untrusted = false;
  /// Nothing of it begins until a person has approved it (run.approved); in a run's state: still.
  bool needs_approval = false;
  std::uint32_t semantics = 1;
  Time created_at{};
};

}  // namespace callboard::run
