#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/expression/template.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/state.hpp"

namespace callboard::run {

/// What a step says that names a secret, in a run that people from outside caused.
inline constexpr std::string_view kNoSecrets =
    "a pull request from a fork caused this run, and its steps get no secrets: what needs one belongs into a "
    "workflow that somebody of the repository starts (by hand or by a push), or its trigger says forks: "
    "approve";

/// One step of a slice: everything that a worker needs to execute one attempt.
struct SliceStep {
  std::string key;  // of an item of a map "build[3]", as in the keys of events
  std::uint32_t attempt = 1;
  std::string executor;
  /// Rendered by the dispatcher; absent where the params read the result of an earlier step of this slice:
  /// then `source` is rendered by the worker once that result is there.
  std::optional<expression::Rendered> params;
  std::string source;  // compact JSON with expressions
  Micros timeout{};
  std::optional<Micros> idle_timeout{};
  Effect effect = Effect::none;
};

/// The part of a run that travels in one job: one step, or a line of them.
struct Slice {
  RunId run;
  std::uint32_t generation = 1;
  std::vector<SliceStep> steps{};
  /// {"inputs":…,"vars":…,"run":…,"steps":{…}}: what `source`s read besides the slice's own results. Empty if
  /// there are none.
  std::string contexts{};
};

/// Renders the params of a job's steps. An error of the first step is that step's outcome (class validation):
/// the expression can't be evaluated. A later step that can't be rendered, or whose source reads `event`,
/// ends the line before it: the slice is then shorter than the job.
Result<Slice> cut_slice(const Graph& graph, const RunState& state, const PublishJob& job);

/// The params of step `at` of a slice, given the results (compact JSON) of the steps before it.
Result<expression::Rendered> slice_params(const Slice& slice, std::size_t at,
                                          const std::vector<std::string>& results);

}  // namespace callboard::run
