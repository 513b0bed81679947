// POST /api/runs/{id}/steps/{step}/approval and /api/runs/{id}/approval: somebody's yes or no to a step, or
// to a run, that waits for approval.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/votes.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

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
  if (const auto refusal = check_vote(vote)) return refuse(refusal->detail);
  return vote;
}

void approve(Context& context, Call call, std::string step) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto given = read_idempotency_key(call.request, {});
  if (!given) return call.responder.send(given.error());
  auto vote = read_vote(call.request);
  if (!vote) return call.responder.send(std::move(vote.error()));
  cast_vote(context, *id, std::move(step), std::move(*vote), make_command_id(context, *given),
            [id = *id, responder = std::move(call.responder)](
                const std::expected<run::RunPhase, VoteRefusal>& voted) mutable {
              responder.send(voted ? accepted(id, run::to_string(*voted))
                                   : http::make_problem(voted.error().status, voted.error().detail));
            });
}

Route make_route(std::string_view pattern, std::string_view summary, std::function<void(Call)> handle) {
  return {.method = "POST",
          .pattern = pattern,
          .summary = summary,
          .query = {},
          .body = "Vote",
          .answers = {{202, "Accepted"}},
          .handle = std::move(handle)};
}

}  // namespace

std::vector<Route> approval_routes(Context& context) {
  const Route of_step = make_route("/api/runs/{id}/steps/{step}/approval",
                                   "Approve or reject a step that waits for approval", [&context](Call call) {
                                     std::string step = call.parameter("step");
                                     approve(context, std::move(call), std::move(step));
                                   });
  const Route of_run = make_route(
      "/api/runs/{id}/approval",
      "Approve a run that people from outside caused: it begins, with its secrets; or reject it: it "
      "is cancelled",
      [&context](Call call) { approve(context, std::move(call), {}); });
  return {of_step, of_step.hidden_at("/api/workflows/{id}/steps/{step}/approval"), of_run,
          of_run.hidden_at("/api/workflows/{id}/approval")};
}

}  // namespace callboard::dispatcher
