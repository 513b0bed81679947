#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "dispatcher/api/context.hpp"
#include "dispatcher/api/run_reader.hpp"

/// Somebody's yes or no to a step that waits for approval, or to a run that does.
namespace callboard::dispatcher {

struct Vote {
  bool approve = true;
  std::string by;
  std::string comment{};
};

struct VoteRefusal {
  int status = 409;
  std::string detail;
};

/// A vote without a name, or with a name or comment that is too long.
std::optional<VoteRefusal> check_vote(const Vote& vote);

/// Why the step (empty: the run) can't be answered for now; nothing if it can.
std::optional<VoteRefusal> find_refusal(const RunEvents& loaded, const std::string& step);

/// Appends it. `id` is the last part of its key: the same one is the same vote. Answers with the phase in
/// which the run was.
using Voted = std::move_only_function<void(std::expected<run::RunPhase, VoteRefusal>)>;
void cast_vote(Context& context, const RunId& run, std::string step, Vote vote, std::string id, Voted done);

}  // namespace callboard::dispatcher
