// POST /api/runs/{id}/steps/{step}/approval: somebody's yes or no to a step that waits for approval.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "shared/run/approval.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kCommentBytes = 1'000;

struct Vote {
  bool approve = true;
  std::string by;
  std::string comment;
};

std::unexpected<http::Response> refuse(std::string_view detail) {
  return std::unexpected(http::make_problem(400, detail));
}

/// {"approve": true or false, "by"?: name, "comment"?: text}
Read<Vote> read_vote(const http::Request& request) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return refuse("the body must be a JSON object");
  for (const auto& member : body->get_object()) {
    const bool is_flag = member.key() == "approve" && member.value().is_bool();
    const bool is_text = (member.key() == "by" || member.key() == "comment") && member.value().is_string();
    if (!is_flag && !is_text)
      return refuse("the body may have approve, true or false, and the texts by and comment");
  }
  const Value* const approve = find(&*body, "approve");
  if (approve == nullptr) return refuse("the body must say approve: true or false");
  Vote vote{approve->get_bool(), std::string(find_text(&*body, "by", "api")),
            std::string(find_text(&*body, "comment"))};
  if (vote.by.empty() || vote.by.size() > kNameBytes)
    return refuse("by must be a name of at most " + std::to_string(kNameBytes) + " bytes");
  if (vote.comment.size() > kCommentBytes)
    return refuse("the comment has at most " + std::to_string(kCommentBytes) + " bytes");
  return vote;
}

std::optional<http::Response> find_refusal(const RunEvents& loaded, const std::string& key,
                                           const Vote& vote) {
  const run::Graph& graph = *loaded.graph;
  const run::StepIndex place = run::find_place(graph, loaded.state, key);
  if (place == run::kNoStep) return not_found("step", key);
  const run::Step& step = run::step_of(graph, loaded.state, place);
  const run::StepPhase phase = loaded.state.steps[place].phase;
  const bool waits = step.executor == "approval" && phase == run::StepPhase::ready &&
                     loaded.state.phase == run::RunPhase::running;
  if (!waits) {
    return http::make_problem(409, "step \"" + key + "\" waits for no approval: it is " +
                                       std::string(run::shown_state(step, phase)) + ", its run " +
                                       std::string(run::to_string(loaded.state.phase)));
  }
  const auto approval = run::read_approval(graph, loaded.state, place);
  if (!approval || approval->may_vote(vote.by)) return std::nullopt;
  std::string names;
  for (const std::string& name : approval->approvers) names += (names.empty() ? "" : ", ") + name;
  return http::make_problem(403,
                            "\"" + vote.by + "\" may not approve step \"" + key + "\": " + names + " may");
}

void approve(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto given = read_idempotency_key(call.request, {});
  if (!given) return call.responder.send(given.error());
  auto vote = read_vote(call.request);
  if (!vote) return call.responder.send(std::move(vote.error()));
  std::string key = run::signal_key(make_command_id(context, *given));
  load_events(
      context, *id, std::nullopt,
      [&context, id = *id, key = std::move(key), step = call.parameter("step"), vote = std::move(*vote),
       responder = std::move(call.responder)](Result<RunEvents> loaded) mutable {
        if (!loaded) return responder.send(problem_of(loaded.error()));
        const std::string state(run::to_string(loaded->state.phase));
        if (loaded->state.consumed.contains(key)) return responder.send(accepted(id, state));
        if (auto refusal = find_refusal(*loaded, step, vote)) return responder.send(std::move(*refusal));
        const run::Signal signal{.name = run::approval_signal(step),
                                 .data = run::encode_vote(vote.approve, vote.by, vote.comment),
                                 .actor = vote.by};
        append_asked(context, id, std::move(key), run::EventType::signal_received, run::encode_signal(signal),
                     [id, state, responder = std::move(responder)](Result<run::Event> stored) mutable {
                       responder.send(stored ? accepted(id, state) : problem_of(stored.error()));
                     });
      });
}

}  // namespace

std::vector<Route> approval_routes(Context& context) {
  const Route route{.method = "POST",
                    .pattern = "/api/runs/{id}/steps/{step}/approval",
                    .summary = "Approve or reject a step that waits for approval",
                    .query = {},
                    .body = "Vote",
                    .answers = {{202, "Accepted"}},
                    .handle = [&context](Call call) { approve(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/steps/{step}/approval")};
}

}  // namespace callboard::dispatcher
