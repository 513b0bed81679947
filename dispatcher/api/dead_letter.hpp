#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dispatcher/api/run_reader.hpp"
#include "shared/log/log.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

/// A dead letter: an attempt that was given up on. It is no row of its own but the outcome step.lost under
/// the attempt's result key, and its id says where that stands.
namespace callboard::dispatcher {

struct LetterId {
  RunId run;
  std::string key;  // of the outcome: g1/deploy/1/result
};
/// "<run>.g1.deploy.1"
std::string to_string(const LetterId& id);
std::optional<LetterId> parse_letter_id(std::string_view text);

enum class LetterState {
  asking,      // the run waits for somebody to say what became of the step
  failed,      // the run has failed by it
  failing,     // the run will fail by it, and is still open
  cancelled,   // somebody cancelled the run instead
  tolerated,   // the step may fail, and the run went on
  answered,    // somebody said that the step has completed
  retried,     // another attempt followed
  replayed,    // the run has gone on in another generation, without this outcome
  unreadable,  // the run can't be folded, and is set aside
};
std::string_view to_string(LetterState state);

/// What has become of a dead letter's step, and what a replay of it is.
struct Standing {
  LetterState state = LetterState::unreadable;
  std::optional<run::Command> replay;  // the command that a replay tells the run
  std::string obstacle;                // why there is none, and the way out

  /// Nobody has seen to it yet.
  bool is_open() const;
  /// The step has been, or is to be, executed again.
  bool is_replayed() const { return state == LetterState::retried || state == LetterState::replayed; }
};

/// `outcome` is the key of a step.lost of that run.
Standing find_standing(const run::Graph& graph, const run::RunState& state, const run::Key& outcome);
/// Of a run that can't be folded for that reason.
Standing unreadable(std::string_view why);

/// Members of the shape DeadLetter. `events`: of the run, as far as they are known.
struct LetterView {
  const LetterId& id;
  const run::Event& outcome;
  std::string_view workflow;
  const std::vector<run::Event>& events;
  const Standing& standing;
};
std::string write_letter(const LetterView& letter);
/// The same with `history`: the events of its step, in order, at most the last 500 of them.
std::string write_letter_with_history(const LetterView& letter);

}  // namespace callboard::dispatcher
