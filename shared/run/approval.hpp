#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/round.hpp"
#include "shared/run/state.hpp"

/// The executor `approval`: people say yes or no, as signals of a name that is the step's own. Part of
/// decide().
namespace callboard::run {

/// Who may approve, and how many must.
struct Approval {
  std::vector<std::string> approvers;  // empty: anybody
  std::uint32_t count = 1;
  bool goes_on_if_rejected = false;  // onReject: continue
  std::string message{};             // what is asked, or empty

  bool may_vote(const std::string& name) const;
};

/// `invalid` where the step's params can't be rendered, or ask for more people than there are.
Result<Approval> read_approval(const Graph& graph, const RunState& state, StepIndex step);

/// What people have said until it was decided: the yes of each counts once, and a no ends it, also one of
/// somebody who has said yes before.
struct Votes {
  std::vector<std::string> yes;   // by whom, in the order in which it came
  std::optional<std::string> no;  // by whom; the first
  std::string comment;            // of that one
  std::vector<std::string> keys;  // of all of them
};
Votes count_votes(const Approval& approval, const RunState& state, std::string_view step_key);

/// The name of the signals for the step of this key.
std::string approval_signal(std::string_view step_key);
/// {"approve","by","comment"?}: the data of such a signal.
std::string encode_vote(bool approve, const std::string& by, const std::string& comment);

/// Ends the step if it is approved or rejected, or its time is over; else arms its timer.
void decide_approval(Round& round, StepIndex step);

}  // namespace callboard::run
