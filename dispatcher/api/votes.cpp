#include "dispatcher/api/votes.hpp"

#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/command_log.hpp"
#include "shared/run/approval.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kCommentBytes = 1'000;

using Refusal = std::optional<VoteRefusal>;

Refusal find_run_refusal(const run::RunState& state) {
  if (state.phase == run::RunPhase::pending && state.created.needs_approval) return std::nullopt;
  return VoteRefusal{409, "the run waits for no approval: it is " + std::string(run::to_string(state.phase))};
}

Refusal find_voter_refusal(const RunEvents& loaded, const std::string& step, const Vote& vote) {
  if (step.empty()) return std::nullopt;
  const run::StepIndex place = run::find_place(*loaded.graph, loaded.state, step);
  const auto approval = run::read_approval(*loaded.graph, loaded.state, place);
  if (!approval || approval->may_vote(vote.by)) return std::nullopt;
  std::string names;
  for (const std::string& name : approval->approvers) names += (names.empty() ? "" : ", ") + name;
  return VoteRefusal{403, "\"" + vote.by + "\" may not approve step \"" + step + "\": " + names + " may"};
}

/// A yes lets the run begin, a no cancels it.
std::string encode_run_vote(const run::RunState& state, const Vote& vote) {
  run::Command command{.name = vote.approve ? "approve" : "cancel", .actor = vote.by};
  command.generation = state.generation;
  command.reason = vote.comment;
  if (!vote.approve) {
    command.reason = "rejected by " + vote.by;
    if (!vote.comment.empty()) command.reason += ": " + vote.comment;
  }
  return run::encode_command(command);
}

std::string encode_step_vote(const std::string& step, const Vote& vote) {
  return run::encode_signal({.name = run::approval_signal(step),
                             .data = run::encode_vote(vote.approve, vote.by, vote.comment),
                             .actor = vote.by});
}

void append_vote(Context& context, const RunEvents& loaded, const std::string& step, const Vote& vote,
                 std::string key, Voted done) {
  const bool of_run = step.empty();
  append_asked(
      context, loaded.state.id, std::move(key),
      of_run ? run::EventType::command_received : run::EventType::signal_received,
      of_run ? encode_run_vote(loaded.state, vote) : encode_step_vote(step, vote),
      [phase = loaded.state.phase, done = std::move(done)](const Result<run::Event>& stored) mutable {
        if (stored) return done(phase);
        done(std::unexpected(VoteRefusal{problem_of(stored.error()).status, stored.error().message}));
      });
}

}  // namespace

Refusal check_vote(const Vote& vote) {
  if (vote.by.empty() || vote.by.size() > kNameBytes)
    return VoteRefusal{400, "by must be a name of at most " + std::to_string(kNameBytes) + " bytes"};
  if (vote.comment.size() > kCommentBytes)
    return VoteRefusal{400, "the comment has at most " + std::to_string(kCommentBytes) + " bytes"};
  return std::nullopt;
}

Refusal find_refusal(const RunEvents& loaded, const std::string& key) {
  if (key.empty()) return find_run_refusal(loaded.state);
  const run::Graph& graph = *loaded.graph;
  const run::StepIndex place = run::find_place(graph, loaded.state, key);
  if (place == run::kNoStep) return VoteRefusal{404, "there is no step \"" + key + "\""};
  const run::Step& step = run::step_of(graph, loaded.state, place);
  const run::StepPhase phase = loaded.state.steps[place].phase;
  const bool may_end =
      loaded.state.phase == run::RunPhase::running || loaded.state.phase == run::RunPhase::cancelling;
  const bool waits = step.executor == "approval" && phase == run::StepPhase::ready && may_end;
  if (waits) return std::nullopt;
  return VoteRefusal{409, "step \"" + key + "\" waits for no approval: it is " +
                              std::string(run::shown_state(step, phase)) + ", its run " +
                              std::string(run::to_string(loaded.state.phase))};
}

void cast_vote(Context& context, const RunId& run, std::string step, Vote vote, std::string id, Voted done) {
  std::string key = step.empty() ? run::command_key(id) : run::signal_key(id);
  load_events(context, run, std::nullopt,
              [&context, step = std::move(step), vote = std::move(vote), key = std::move(key),
               done = std::move(done)](const Result<RunEvents>& loaded) mutable {
                if (!loaded) {
                  return done(std::unexpected(
                      VoteRefusal{problem_of(loaded.error()).status, loaded.error().message}));
                }
                if (loaded->state.consumed.contains(key)) return done(loaded->state.phase);
                auto refusal = find_refusal(*loaded, step);
                if (!refusal) refusal = find_voter_refusal(*loaded, step, vote);
                if (refusal) return done(std::unexpected(std::move(*refusal)));
                append_vote(context, *loaded, step, vote, std::move(key), std::move(done));
              });
}

}  // namespace callboard::dispatcher
