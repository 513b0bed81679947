#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/limits.hpp"
#include "shared/run/flow.hpp"
#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/shape.hpp"

/// What a file says of how many runs there may be at once, and begin in a time: the fields, and their
/// reading.
namespace callboard::workflow {

inline constexpr std::array<std::string_view, 3> kOnExcessValues = {"queue", "replace", "reject"};

inline constexpr std::array kConcurrencyFields = {
    Field{
        "group",
        {.kind = Shape::Kind::text},
        "Names the group; may hold expressions over event, inputs, run and vars. Runs of all workflows that "
        "name the same group share its places; write ${run.name} into it to keep a workflow's runs apart. "
        "Where it comes out empty the run needs no place.",
        Presence::required},
    Field{"limit",
          {.kind = Shape::Kind::integer, .least = 1, .most = limits::kGroupPlaces},
          "How many runs of the group may be at work at once; 1 if not given. Workflows that share a group "
          "should say the same."},
    Field{"onExcess",
          {.kind = Shape::Kind::text, .values = kOnExcessValues},
          "What becomes of a run that finds no place: queue (it waits, the oldest goes first; the default), "
          "replace (older runs of the group are cancelled, waiting or not, so that the newest are at work), "
          "reject (it is cancelled at once, and says who has the places)."},
    Field{"timeout",
          {.kind = Shape::Kind::duration},
          "How long a run may wait for its place before it fails; 7 days if not given. The run's own timeout "
          "counts from the time that it has its place."},
};
inline constexpr std::array kConcurrencyChoices = {
    Shape{.kind = Shape::Kind::text},
    Shape{.kind = Shape::Kind::object, .fields = kConcurrencyFields},
};
inline constexpr Shape kConcurrencyShape = {.kind = Shape::Kind::either, .choices = kConcurrencyChoices};

inline constexpr std::array kThrottleFields = {
    Field{
        "key",
        {.kind = Shape::Kind::text},
        "Runs of all workflows that name the same key are counted together; may hold expressions over event, "
        "inputs, run and vars. Where it comes out empty the run is not throttled. Without it the workflow's "
        "runs are counted by themselves."},
    Field{"limit",
          {.kind = Shape::Kind::integer, .least = 1, .most = limits::kTurns},
          "So many begin in any span of `per`. Workflows that share a key should say the same.",
          Presence::required},
    Field{"per",
          {.kind = Shape::Kind::duration},
          "The span, at most 31 days: 1s, 1m, 1h. A run that began counts no more when it is over.",
          Presence::required},
};
inline constexpr Shape kThrottleShape = {.kind = Shape::Kind::object, .fields = kThrottleFields};

inline constexpr std::array kStepThrottleFields = {
    Field{
        "key",
        {.kind = Shape::Kind::text},
        "Attempts of steps of all workflows that name the same key are counted together, such as provider-x; "
        "may "
        "hold expressions over what params see, without secrets. Where it comes out empty the attempt is not "
        "throttled. Without it the step's attempts are counted by themselves, over all runs of the "
        "workflow."},
    Field{"limit",
          {.kind = Shape::Kind::integer, .least = 1, .most = limits::kTurns},
          "So many attempts begin in any span of `per`. Steps that share a key should say the same.",
          Presence::required},
    Field{"per",
          {.kind = Shape::Kind::duration},
          "The span, at most 31 days: 1s, 1m, 1h. An attempt that began counts no more when it is over.",
          Presence::required},
};
inline constexpr Shape kStepThrottleShape = {.kind = Shape::Kind::object, .fields = kStepThrottleFields};

/// `concurrency`, of a file whose shape has been checked. Nothing where there is none, or it is wrong.
std::optional<run::Concurrency> read_concurrency(const Node& root, ExpressionReader& expressions);
/// `throttle` of the file or a step, likewise; `path` names it.
std::optional<run::Throttle> read_throttle(const Node& node, const Path& path, const Scope& scope,
                                           ExpressionReader& expressions, Problems& problems);

}  // namespace callboard::workflow
