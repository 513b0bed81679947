#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/limits.hpp"
#include "shared/expression/expression.hpp"
#include "shared/expression/template.hpp"
#include "shared/run/event_rule.hpp"
#include "shared/run/flow.hpp"
#include "shared/run/label.hpp"
#include "shared/value/json_schema.hpp"

namespace callboard::run {

using StepIndex = std::uint32_t;
inline constexpr StepIndex kNoStep = UINT32_MAX;

enum class ErrorClass : std::uint8_t {
  network,
  auth,
  rate_limit,
  validation,
  server,
  quota,
  prompt,
  timeout,
  exit,
  lost,
  cancelled,
  internal,
};
std::string_view to_string(ErrorClass error_class);
std::optional<ErrorClass> parse_error_class(std::string_view text);

/// What an executor does to the outside, declared by its description or the step.
enum class Effect : std::uint8_t { none, idempotent, once };

/// What becomes of a step with effect `once` whose worker died after it had begun: who knows how far it came.
enum class OnLost : std::uint8_t {
  ask,    // it waits for an answer (command `answer`)
  fail,   // it has failed
  retry,  // its retry policy decides, as for any other error
};

struct RetryPolicy {
  std::uint32_t max_attempts = 1;
  Micros base_delay = std::chrono::seconds(1);
  Micros max_delay = std::chrono::seconds(30);
  double multiplier = 2;
  double jitter = 0.1;        // 0.1: a delay varies by up to 10 % either way
  std::uint16_t classes = 0;  // bit per ErrorClass that is tried again

  bool covers(ErrorClass error_class) const { return (classes >> static_cast<unsigned>(error_class)) & 1u; }
};
/// network, rate_limit, timeout, server, lost, internal, exit: what `retry` without `on` tries again.
std::uint16_t default_retry_classes();

/// What a step is to a group of steps that the workflow's file uses. A group is expanded into its own steps,
/// one that begins it, and one that stands for it to all others; the dispatcher holds these two.
enum class GroupPart : std::uint8_t {
  none,   // a step of its own, or one of a group's
  begin,  // its result is what the group is given; its `if` and its dependencies are those of the use
  end,    // its result is the group's outputs; it fails where a step of the group has failed
};

struct Step {
  std::string key;
  std::string executor;
  expression::Template params;
  std::optional<expression::Expression> condition;  // `if`
  /// A map: the list (or object) each of whose items is an attempt chain of its own, with all that stands
  /// here but `depends_on`; the map itself ends with its items.
  std::optional<expression::Expression> for_each;
  std::optional<expression::Expression> item_condition;  // of a map: an `if` that reads item or index
  std::uint32_t max_parallel = limits::kItems;           // of a map: so many items are open at once
  std::vector<StepIndex> depends_on;  // by dependsOn and by what its expressions read; sorted, no doubles
  RetryPolicy retry;
  /// `retry.until`: over the attempt's own result; an attempt that completes counts only where it holds.
  std::optional<expression::Expression> until;
  Micros timeout = limits::kStepTimeout;  // of execution
  std::optional<Micros> idle_timeout;     // of an execution's silence
  std::optional<Micros> queue_timeout;    // of waiting for a worker
  Effect effect = Effect::none;
  OnLost on_lost = OnLost::ask;
  bool continue_on_error = false;
  bool held = false;  // the dispatcher holds it (sleep): no job, no worker
  std::string pool = "default";
  std::int32_t priority = 0;
  std::vector<EventRule> awaits;     // of a `wait`: events, one of which ends it
  std::optional<Throttle> throttle;  // of its attempts; the key may be rendered from what params see
  /// The step that takes back what this one did where the run fails or is cancelled; of a map a map, whose
  /// items take back its own. Once that has completed, a new generation does this one again.
  StepIndex undo = kNoStep;
  GroupPart group_part = GroupPart::none;
  StepIndex group_begin = kNoStep;  // of a group's end: its begin
  StepIndex group_end = kNoStep;    // of a group's begin and steps: its end, whose failure alone is the run's
  std::vector<TypedMember> types;   // of a group's begin: what it may be given

  // Made by link():
  std::vector<StepIndex> dependents;
  std::uint32_t level = 0;  // 0: depends on nothing; else one more than the highest that it depends on
  StepIndex next_in_line = kNoStep;  // the step that may travel behind it in one job (design, point 9)
  std::size_t body = 0;              // of a map: where its items' step stands in Graph::bodies
  StepIndex undoes = kNoStep;        // of an undo: the step that it takes back

  bool is_map() const { return for_each.has_value(); }
  /// Workers execute it: it is not held, and not a map (its items may be what workers execute).
  bool has_jobs() const { return !held && !is_map(); }
  /// It starts a child run, whose close writes the outcome of the attempt.
  bool starts_child() const { return held && !is_map() && executor == "workflow"; }
};

/// True if its `if` uses a status function: it may begin below a failure.
bool asks_status(const Step& step);

/// Lets the index be asked with a view, without a copy of the key.
struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>()(key); }
};

/// A compiled workflow: immutable once linked, shared by the runs that are pinned to its hash.
struct Graph {
  std::string name;
  std::string slug;
  std::string version;
  std::string hash;                      // SHA-256 of the canonical definition, hex
  Micros timeout = limits::kRunTimeout;  // from the time that it has its place, if it needs one
  std::optional<Concurrency> concurrency;
  std::vector<EventRule> cancel_on;  // events that cancel an open run
  std::optional<Throttle> throttle;
  std::vector<Step> steps;
  expression::Template outputs;
  std::vector<TypedMember> output_types;  // what a run's outputs must be
  std::vector<LabelText> labels;
  bool reads_event = false;  // some expression reads `event`: the payload must be at hand

  // Made by link():
  std::unordered_map<std::string, StepIndex, KeyHash, std::equal_to<>> index;
  std::vector<StepIndex> outliving;  // those that may outlive a cancel
  std::vector<StepIndex> waits;      // held steps, or maps of such, that wait for a signal or an event
  std::vector<Step> bodies;          // of each map, what one of its items executes
  std::vector<StepIndex> by_level;   // every step behind those that it depends on

  StepIndex find(std::string_view key) const;  // kNoStep if absent
};

/// The begin of the group that a step is of (of a group's begin and end: of the group that its use stands
/// in); kNoStep of the file's own.
StepIndex find_begin_above(const Graph& graph, StepIndex step);

/// Whether it may begin, or go on, while the run cancels: its `if` uses a status function, or that of the
/// group that it is of does.
bool may_outlive_cancel(const Graph& graph, StepIndex step);

/// Fills what is derived: the index, dependents, levels, lines. A line is straight: each step depends on its
/// predecessor alone and is its only dependent; it has neither `if` nor queue time-out, and both run on
/// workers of one pool with effect none or idempotent and without throttle. The steps must be free of cycles
/// and of unknown dependencies.
void link(Graph& graph, bool segments = true);

}  // namespace callboard::run
