// GET and POST /approvals/{token}: the page behind an approval link. Looking at it answers nothing, since
// programs that preview links look too; the form on it does.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/approval_page.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/votes.hpp"
#include "shared/run/approval.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/waiting.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

using Fault = ApprovalLinks::Fault;

http::Response page_of(Fault fault) {
  switch (fault) {
    case Fault::expired:
      return make_notice_page(410, "This link has expired", "What it asked for is not waited for any more.");
    case Fault::not_ready:
      return make_notice_page(503, "Not yet", "The dispatcher has only just started. Try again in a moment.");
    case Fault::unknown: break;
  }
  return make_notice_page(404, "This link means nothing here",
                          "It may have been cut on its way: copy all of it, or ask for another one.");
}

http::Response page_of(const VoteRefusal& refusal) {
  const int status = refusal.status == 409 ? 410 : refusal.status;
  const std::string_view title = status == 410   ? "This has been answered"
                                 : status == 403 ? "You may not answer this"
                                 : status == 400 ? "That can't be taken"
                                 : status == 404 ? "This is not there any more"
                                                 : "It could not be recorded";
  return make_notice_page(status, title, refusal.detail);
}

/// What was asked of another attempt or generation is over.
std::optional<VoteRefusal> find_page_refusal(const RunEvents& loaded, const ApprovalPlace& place) {
  if (auto refusal = find_refusal(loaded, place.step)) return refusal;
  bool is_same = loaded.state.generation == place.generation;
  if (!place.step.empty()) {
    const run::StepIndex step = run::find_place(*loaded.graph, loaded.state, place.step);
    is_same = is_same && loaded.state.steps[step].attempt == place.attempt;
  }
  if (is_same) return std::nullopt;
  return VoteRefusal{409, "The run was begun anew since: ask for another link."};
}

Question question_of(const RunEvents& loaded, const ApprovalPlace& place) {
  const run::Graph& graph = *loaded.graph;
  Question out{.workflow = graph.name,
               .run = to_string(loaded.state.id),
               .step = place.step,
               .message = {},
               .detail = {},
               .until = format_time(place.expires),
               .approvers = {}};
  const run::StepIndex step =
      place.step.empty() ? run::kNoStep : run::find_place(graph, loaded.state, place.step);
  for (const run::Waiting& waiting : run::waiting_for(graph, loaded.state)) {
    if (waiting.kind == run::WaitKind::approval && waiting.step == step) out.detail = waiting.detail;
  }
  if (step == run::kNoStep) return out;
  if (const auto approval = run::read_approval(graph, loaded.state, step)) {
    out.message = approval->message;
    out.approvers = approval->approvers;
  }
  return out;
}

void show(Context& context, Call call) {
  const auto place = context.links.read(call.parameter("token"));
  if (!place) return call.responder.send(page_of(place.error()));
  load_events(
      context, place->run, std::nullopt,
      [place = *place, responder = std::move(call.responder)](const Result<RunEvents>& loaded) mutable {
        if (!loaded) {
          const int status = problem_of(loaded.error()).status;
          return responder.send(page_of(VoteRefusal{status, loaded.error().message}));
        }
        if (const auto refusal = find_page_refusal(*loaded, place)) return responder.send(page_of(*refusal));
        responder.send(make_question_page(question_of(*loaded, place)));
      });
}

std::expected<Vote, VoteRefusal> read_form(const std::string& body) {
  const auto answer = http::find_form_field(body, "answer");
  if (!answer || (*answer != "approve" && *answer != "reject"))
    return std::unexpected(VoteRefusal{400, "The form must say approve or reject."});
  Vote vote{*answer == "approve", http::find_form_field(body, "by").value_or(""),
            http::find_form_field(body, "comment").value_or("")};
  if (auto refusal = check_vote(vote)) return std::unexpected(std::move(*refusal));
  return vote;
}

/// One person's answer by one link is one, however often the form is sent.
std::string vote_id(const std::string& token, const Vote& vote) {
  const std::string said = token + (vote.approve ? "\nyes\n" : "\nno\n") + vote.by;
  return "link-" + to_hex(sha256(said)).substr(0, 32);
}

void cast(Context& context, const ApprovalPlace& place, std::string id, Vote vote,
          http::Responder responder) {
  const bool approve = vote.approve;
  cast_vote(context, place.run, place.step, std::move(vote), std::move(id),
            [approve, responder = std::move(responder)](
                const std::expected<run::RunPhase, VoteRefusal>& voted) mutable {
              if (!voted) return responder.send(page_of(voted.error()));
              responder.send(make_notice_page(200, approve ? "Approved" : "Rejected",
                                              "Your answer is recorded. You can close this page."));
            });
}

void answer(Context& context, Call call) {
  const std::string& token = call.parameter("token");
  const auto place = context.links.read(token);
  if (!place) return call.responder.send(page_of(place.error()));
  auto vote = read_form(call.request.body);
  if (!vote) return call.responder.send(page_of(vote.error()));
  std::string id = vote_id(token, *vote);
  load_events(context, place->run, std::nullopt,
              [&context, place = *place, vote = std::move(*vote), id = std::move(id),
               responder = std::move(call.responder)](const Result<RunEvents>& loaded) mutable {
                const std::string key = place.step.empty() ? run::command_key(id) : run::signal_key(id);
                const bool is_said = loaded && loaded->state.consumed.contains(key);
                const auto refusal = loaded && !is_said ? find_page_refusal(*loaded, place) : std::nullopt;
                if (refusal) return responder.send(page_of(*refusal));
                cast(context, place, std::move(id), std::move(vote), std::move(responder));
              });
}

}  // namespace

std::vector<Route> approval_page_routes(Context& context) {
  return {{.method = "GET",
           .pattern = "/approvals/{token}",
           .summary = "The page of an approval link: what is asked, and a form that answers",
           .query = {},
           .body = {},
           .answers = {{200, {}, "text/html"}, {404, {}, "text/html"}, {410, {}, "text/html"}},
           .handle = [&context](Call call) { show(context, std::move(call)); }},
          {.method = "POST",
           .pattern = "/approvals/{token}",
           .summary = "The form of that page: answer, by, comment",
           .query = {},
           .body = {},
           .answers = {{200, {}, "text/html"},
                       {403, {}, "text/html"},
                       {404, {}, "text/html"},
                       {410, {}, "text/html"}},
           .handle = [&context](Call call) { answer(context, std::move(call)); }}};
}

}  // namespace callboard::dispatcher
