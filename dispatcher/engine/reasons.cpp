#include <string>

#include "dispatcher/engine/core.hpp"
#include "shared/run/step_turns.hpp"
#include "shared/run/waiting.hpp"

namespace callboard::dispatcher {
namespace {

/// When a step's throttle is asked next.
std::optional<Time> find_turn(const OpenRun& run, run::StepIndex step) {
  const auto rate = run::find_step_rate(*run.graph, run.state, step);
  if (!rate || !*rate) return std::nullopt;
  const auto at = run.no_turn_before.find((*rate)->name);
  return at == run.no_turn_before.end() ? std::nullopt : std::optional(at->second);
}

/// A run that needs a place and a turn has asked for both at once, and knows which it lacks.
bool is_not_lacking(const run::Waiting& waiting, const OpenRun& run) {
  if (waiting.kind == run::WaitKind::place) return run.turn_at.has_value();
  const bool is_of_run = waiting.kind == run::WaitKind::throttle && waiting.step == run::kNoStep;
  return is_of_run && run.state.created.group && !run.turn_at;
}

/// Of a step that has not asked for its turn, because nobody could execute it.
bool lacks_worker(const run::Waiting& waiting, const OpenRun& run, const Fleet& fleet) {
  if (waiting.kind != run::WaitKind::throttle || waiting.step == run::kNoStep) return false;
  const run::Step& step = run.step(waiting.step);
  const auto rate = run::find_step_rate(*run.graph, run.state, waiting.step);
  const bool has_asked = rate && *rate && run.may_ask.contains((*rate)->name);
  return !has_asked && step.has_jobs() && fleet.slots(step.pool) == 0;
}

void refine(Engine::Reason& reason, const OpenRun& run, const Publisher& publisher, const Fleet& fleet) {
  const std::string& pool = run.step(reason.step).pool;
  if (fleet.slots(pool) == 0) {
    reason.kind = "no_worker";
    reason.detail = "no worker of pool " + pool + " has been heard of";
    return;
  }
  const Job* const job = reason.step < run.jobs.size() ? publisher.find(run.jobs[reason.step]) : nullptr;
  const std::string trouble = publisher.trouble();
  if (job != nullptr && job->phase != Job::Phase::published && !trouble.empty()) {
    reason.kind = "bus";
    reason.detail = trouble;
    return;
  }
  if (job != nullptr && job->phase == Job::Phase::waiting) {
    reason.kind = "window";
    reason.detail = "waits for its turn in pool " + pool;
  }
}

/// A child that took too long has been told to end, and may clean up for as long as it takes.
void tell_if_late(Engine::Reason& reason, Time now) {
  if (!reason.until || *reason.until > now) return;
  reason.until = std::nullopt;
  reason.detail += ", which took too long and is being cancelled";
}

}  // namespace

std::vector<Engine::Reason> reasons_of(const OpenRun& run, const Publisher& publisher, const Fleet& fleet,
                                       Time now) {
  if (!run.set_aside.empty()) {
    return {{"set_aside", run::kNoStep, run.state.created.created_at, std::nullopt, run.set_aside}};
  }
  std::vector<Engine::Reason> out;
  for (const run::Waiting& waiting : run::waiting_for(*run.graph, run.state)) {
    if (is_not_lacking(waiting, run)) continue;
    out.push_back(
        {std::string(to_string(waiting.kind)), waiting.step, waiting.since, waiting.until, waiting.detail});
    if (waiting.kind == run::WaitKind::throttle)
      out.back().until = waiting.step == run::kNoStep ? run.turn_at : find_turn(run, waiting.step);
    if (waiting.kind == run::WaitKind::child) tell_if_late(out.back(), now);
    if ((waiting.kind == run::WaitKind::worker && waiting.step != run::kNoStep) ||
        lacks_worker(waiting, run, fleet)) {
      refine(out.back(), run, publisher, fleet);
    }
  }
  return out;
}

}  // namespace callboard::dispatcher
