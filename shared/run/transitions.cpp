#include "shared/run/transitions.hpp"

#include <array>
#include <string>

namespace callboard::run {
namespace {

template <typename Phase, typename Cause>
struct Transition {
  Phase from;
  Cause cause;
  Phase to;
};

using R = RunPhase;
constexpr std::array kRunTransitions{
    Transition{R::pending, RunCause::create, R::running},
    Transition{R::pending, RunCause::queue, R::pending},
    Transition{R::pending, RunCause::admit, R::running},
    Transition{R::pending, RunCause::pause, R::paused},
    Transition{R::pending, RunCause::cancel, R::cancelling},
    Transition{R::paused, RunCause::queue, R::pending},
    Transition{R::completed, RunCause::queue, R::pending},
    Transition{R::failed, RunCause::queue, R::pending},
    Transition{R::cancelled, RunCause::queue, R::pending},
    Transition{R::running, RunCause::pause, R::paused},
    Transition{R::paused, RunCause::pause, R::paused},
    Transition{R::running, RunCause::resume, R::running},
    Transition{R::paused, RunCause::resume, R::running},
    Transition{R::paused, RunCause::migrate, R::paused},
    Transition{R::running, RunCause::cancel, R::cancelling},
    Transition{R::paused, RunCause::cancel, R::cancelling},
    Transition{R::running, RunCause::close_completed, R::completed},
    Transition{R::running, RunCause::close_failed, R::failed},
    Transition{R::cancelling, RunCause::close_failed, R::failed},
    Transition{R::cancelling, RunCause::close_cancelled, R::cancelled},
    Transition{R::completed, RunCause::rewind, R::running},
    Transition{R::failed, RunCause::rewind, R::running},
    Transition{R::cancelled, RunCause::rewind, R::running},
};

using S = StepPhase;
// Facts may be folded before what they rest on: that is why an outcome finds a step pending or blocked. A
// step that the close of its run called cancelled takes the outcome that was in the log before it.
constexpr std::array kStepTransitions{
    Transition{S::pending, StepCause::await_condition, S::blocked},
    Transition{S::pending, StepCause::open, S::ready},
    Transition{S::pending, StepCause::start, S::running},
    Transition{S::pending, StepCause::complete, S::completed},
    Transition{S::pending, StepCause::complete_attempt, S::judging},
    Transition{S::pending, StepCause::fail, S::failed},
    Transition{S::pending, StepCause::fail_attempt, S::deciding},
    Transition{S::pending, StepCause::lose, S::asking},
    Transition{S::pending, StepCause::retry, S::retrying},
    Transition{S::pending, StepCause::skip, S::skipped},
    Transition{S::pending, StepCause::cancel, S::cancelled},

    Transition{S::blocked, StepCause::open, S::ready},
    Transition{S::blocked, StepCause::start, S::running},
    Transition{S::blocked, StepCause::complete, S::completed},
    Transition{S::blocked, StepCause::complete_attempt, S::judging},
    Transition{S::blocked, StepCause::fail, S::failed},
    Transition{S::blocked, StepCause::fail_attempt, S::deciding},
    Transition{S::blocked, StepCause::lose, S::asking},
    Transition{S::blocked, StepCause::retry, S::retrying},
    Transition{S::blocked, StepCause::skip, S::skipped},
    Transition{S::blocked, StepCause::cancel, S::cancelled},

    Transition{S::ready, StepCause::start, S::running},
    Transition{S::ready, StepCause::complete, S::completed},
    Transition{S::ready, StepCause::complete_attempt, S::judging},
    Transition{S::ready, StepCause::fail, S::failed},
    Transition{S::ready, StepCause::fail_attempt, S::deciding},
    Transition{S::ready, StepCause::lose, S::asking},
    Transition{S::ready, StepCause::retry, S::retrying},
    Transition{S::ready, StepCause::cancel, S::cancelled},

    Transition{S::running, StepCause::start, S::running},
    Transition{S::running, StepCause::complete, S::completed},
    Transition{S::running, StepCause::complete_attempt, S::judging},
    Transition{S::running, StepCause::fail, S::failed},
    Transition{S::running, StepCause::fail_attempt, S::deciding},
    Transition{S::running, StepCause::lose, S::asking},
    Transition{S::running, StepCause::retry, S::retrying},
    Transition{S::running, StepCause::cancel, S::cancelled},

    Transition{S::retrying, StepCause::open, S::ready},
    Transition{S::retrying, StepCause::start, S::running},
    Transition{S::retrying, StepCause::complete, S::completed},
    Transition{S::retrying, StepCause::complete_attempt, S::judging},
    Transition{S::retrying, StepCause::fail, S::failed},
    Transition{S::retrying, StepCause::fail_attempt, S::deciding},
    Transition{S::retrying, StepCause::lose, S::asking},
    Transition{S::retrying, StepCause::retry, S::retrying},
    Transition{S::retrying, StepCause::cancel, S::cancelled},

    Transition{S::deciding, StepCause::fail, S::failed},
    Transition{S::deciding, StepCause::retry, S::retrying},

    Transition{S::asking, StepCause::complete, S::completed},
    Transition{S::asking, StepCause::fail, S::failed},
    Transition{S::asking, StepCause::retry, S::retrying},

    Transition{S::judging, StepCause::complete, S::completed},
    Transition{S::judging, StepCause::fail, S::failed},
    Transition{S::judging, StepCause::retry, S::retrying},
    Transition{S::judging, StepCause::cancel, S::cancelled},

    Transition{S::cancelled, StepCause::complete, S::completed},
    Transition{S::cancelled, StepCause::fail, S::failed},
    Transition{S::cancelled, StepCause::cancel, S::cancelled},
};

constexpr std::size_t kRunPhases = 9;  // stored numbers, with a hole at 5

template <std::size_t phases, std::size_t causes, typename List>
constexpr auto make_table(const List& list) {
  std::array<std::array<std::int8_t, causes>, phases> table{};
  for (auto& row : table) row.fill(-1);
  for (const auto& entry : list) {
    table[static_cast<std::size_t>(entry.from)][static_cast<std::size_t>(entry.cause)] =
        static_cast<std::int8_t>(entry.to);
  }
  return table;
}

constexpr auto kRunTable = make_table<kRunPhases, kRunCauses>(kRunTransitions);
constexpr auto kStepTable = make_table<kStepPhases, kStepCauses>(kStepTransitions);

template <typename Phase, typename Table, typename Cause>
std::optional<Phase> look_up(const Table& table, Phase phase, Cause cause) {
  const std::int8_t next = table[static_cast<std::size_t>(phase)][static_cast<std::size_t>(cause)];
  return next < 0 ? std::nullopt : std::optional(static_cast<Phase>(next));
}

std::string illegal(std::string_view what, std::string_view phase, std::string_view cause) {
  std::string out(what);
  out += " is ";
  out += phase;
  out += ": \"";
  out += cause;
  out += "\" can't follow";
  return out;
}

}  // namespace

std::string_view to_string(RunCause cause) {
  constexpr std::array<std::string_view, kRunCauses> kNames{
      "create", "pause",  "resume",          "migrate",      "queue",          "admit",
      "rewind", "cancel", "close completed", "close failed", "close cancelled"};
  return kNames[static_cast<std::size_t>(cause)];
}

std::string_view to_string(StepCause cause) {
  constexpr std::array<std::string_view, kStepCauses> kNames{
      "await condition", "open", "start", "complete", "complete attempt", "fail", "fail attempt", "lose",
      "retry",           "skip", "cancel"};
  return kNames[static_cast<std::size_t>(cause)];
}

std::string_view phase_name(StepPhase phase) {
  if (phase == StepPhase::blocked) return "blocked";
  if (phase == StepPhase::deciding) return "deciding";
  if (phase == StepPhase::asking) return "asking";
  if (phase == StepPhase::judging) return "judging";
  return to_string(phase);
}

std::optional<RunPhase> next_phase(RunPhase phase, RunCause cause) {
  return look_up(kRunTable, phase, cause);
}

std::optional<StepPhase> next_phase(StepPhase phase, StepCause cause) {
  return look_up(kStepTable, phase, cause);
}

Result<RunPhase> transition(RunPhase phase, RunCause cause) {
  if (const auto next = next_phase(phase, cause)) return *next;
  return fail(ErrorCode::invalid, illegal("the run", to_string(phase), to_string(cause)));
}

Result<StepPhase> transition(std::string_view step, StepPhase phase, StepCause cause) {
  if (const auto next = next_phase(phase, cause)) return *next;
  return fail(ErrorCode::invalid,
              illegal("step \"" + std::string(step) + "\"", phase_name(phase), to_string(cause)));
}

}  // namespace callboard::run
