#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "deploy/rehearsal/stubs.hpp"
#include "shared/expression/shown_reads.hpp"
#include "shared/run/state.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::rehearsal {

/// Which way an `if` went.
struct Verdict {
  std::string step;
  std::string expression;
  bool holds = false;
  std::string problem;  // it can't be evaluated
  std::vector<expression::ShownRead> reads;
  Micros after{0};  // from the begin of the run
};

/// One thing that happened to a step or (`step` empty) to the run.
struct Happening {
  Micros after{0};  // from the begin of the run
  std::string step;
  std::string what;    // completed, failed, retrying, …
  std::string detail;  // for people
};

/// How a step stood at the end.
struct StepEnd {
  std::string key;
  std::string state;
  std::uint32_t attempts = 1;
  Value result;
  std::optional<run::StepError> error;
};

struct Rehearsed {
  bool starts = true;   // whether the event starts a run; where it does not, there is none
  std::string trigger;  // why it does or does not
  /// Of a webhook: what makes two requests one; empty: nothing of the payload does.
  std::optional<std::string> idempotency_key;
  run::RunPhase phase = run::RunPhase::pending;
  Micros took{0};
  std::vector<Happening> happenings;
  std::vector<Verdict> verdicts;
  std::vector<StepEnd> steps;  // in the order of the file, items behind their map
  Value outputs;
  std::optional<run::StepError> error;
  std::vector<std::string> waits_for;  // of a run that nothing more happens to: what would have to
};

/// Runs a workflow over the real core, in memory: no server, no worker, no clock. Time is simulated: what
/// sleeps, waits and retries goes on at once. A step's attempt comes to what its stub says; without one,
/// `echo` and `set` give their params, `fail` fails, and all others complete with {}. `start` is when the run
/// begins where neither the stubs nor a schedule say. Every fault of the stubs by which the run can't begin:
/// inputs, and names that the workflow does not have; and items that a map of the run did not have. The
/// workflow must be compiled without segments. Pure.
std::expected<Rehearsed, std::vector<Fault>> rehearse(const workflow::Compiled& workflow, const Stubs& stubs,
                                                      Time start);

/// What is not as expected, a line each.
std::vector<std::string> find_differences(const Expected& expected, const Rehearsed& rehearsed);

}  // namespace callboard::rehearsal
