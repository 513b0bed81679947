// GET and POST /api/pauses, POST /api/pauses/resume: pauses that stand over every run of a workflow, of a
// source, or over all of them. Each may be sent again without harm.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/pause_view.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kScopes[] = {"workflow", "source", "all"};

std::unexpected<http::Response> refuse(std::string_view detail) {
  return std::unexpected(http::make_problem(400, detail));
}

/// {"scope","name"?}, and of a new pause "reason"?
Read<log::Pause> read_members(const Value& body, bool is_new) {
  log::Pause pause;
  for (const auto& member : body.get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    std::string* const into = name == "scope"              ? &pause.scope
                              : name == "name"             ? &pause.name
                              : name == "reason" && is_new ? &pause.reason
                                                           : nullptr;
    if (into == nullptr) {
      return refuse("the body may have scope, name" + std::string(is_new ? " and reason" : "") + "; found " +
                    std::string(name));
    }
    if (!member.value().is_string()) return refuse(std::string(name) + " must be a text");
    *into = std::string_view(member.value().get_string());
  }
  return pause;
}

Read<log::Pause> read_pause(const http::Request& request, bool is_new) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return refuse("the body must be a JSON object");
  auto pause = read_members(*body, is_new);
  if (!pause) return pause;
  if (std::ranges::find(kScopes, pause->scope) == std::end(kScopes)) {
    return refuse("scope must be workflow, source or all" + did_you_mean(pause->scope, kScopes));
  }
  const bool is_all = pause->scope == "all";
  if (is_all && !pause->name.empty()) return refuse("the scope all has no name");
  if (!is_all && pause->name.empty()) return refuse("name must say which " + pause->scope);
  if (pause->name.size() > limits::kPauseNameBytes || pause->reason.size() > limits::kPauseReasonBytes) {
    return refuse("a name has at most " + std::to_string(limits::kPauseNameBytes) + " bytes, a reason " +
                  std::to_string(limits::kPauseReasonBytes));
  }
  return pause;
}

http::Response unknown(const log::Pause& pause, const std::vector<std::string_view>& known) {
  return not_found(pause.scope, pause.name + did_you_mean(pause.name, known));
}

/// Calls back with an answer if the scope names nothing: neither a workflow, current or with runs of before,
/// nor a source.
void check_name(Context& context, const log::Pause& pause,
                std::move_only_function<void(std::optional<http::Response>)> done) {
  if (pause.scope == "all") return done(std::nullopt);
  if (pause.scope == "source") {
    std::vector<std::string_view> sources = context.ingress.sources();
    sources.push_back(kApiSource);
    sources.push_back(workflow::kSchedule);
    const bool is_known = std::ranges::find(sources, pause.name) != sources.end();
    return done(is_known ? std::nullopt : std::optional(unknown(pause, sources)));
  }
  if (context.registry.workflows().find(pause.name)) return done(std::nullopt);
  context.catalog.versions(pause.name, [&context, pause, done = std::move(done)](
                                           Result<std::vector<log::Definition>> versions) mutable {
    if (!versions) return done(problem_of(versions.error()));
    if (!versions->empty()) return done(std::nullopt);
    std::vector<std::string_view> slugs;
    const auto workflows = context.registry.workflows().list();
    slugs.reserve(workflows.size());
    for (const CurrentWorkflowPtr& workflow : workflows) slugs.push_back(workflow->graph->slug);
    done(unknown(pause, slugs));
  });
}

/// Answers once this dispatcher acts by the change; the others are told.
void answer_when_known(Context& context, http::Responder responder, http::Response answer) {
  context.engine.tell_of_pauses([responder = std::move(responder), answer = std::move(answer)]() mutable {
    responder.send(std::move(answer));
  });
}

void set_pause(Context& context, log::Pause pause, http::Responder responder) {
  context.pauses.set(
      std::move(pause), [&context, responder = std::move(responder)](Result<log::Pause> stands) mutable {
        if (!stands) return responder.send(problem_of(stands.error()));
        answer_when_known(context, std::move(responder), http::Response::json(200, write_pause(*stands)));
      });
}

void pause(Context& context, Call call) {
  auto asked = read_pause(call.request, true);
  if (!asked) return call.responder.send(std::move(asked.error()));
  asked->actor = "api";
  check_name(context, *asked,
             [&context, asked = *asked,
              responder = std::move(call.responder)](std::optional<http::Response> refusal) mutable {
               if (refusal) return responder.send(std::move(*refusal));
               set_pause(context, std::move(asked), std::move(responder));
             });
}

http::Response lifted(const log::Pause& asked, bool stood) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("scope").text(asked.scope).name("name").text(asked.name);
  json.name("wasPaused").boolean(stood).end_object();
  return http::Response::json(200, std::move(out));
}

/// What stood is lifted, whatever has become of the workflow; only of what did not is the name looked at.
void resume(Context& context, Call call) {
  auto asked = read_pause(call.request, false);
  if (!asked) return call.responder.send(std::move(asked.error()));
  context.pauses.lift(
      asked->scope, asked->name,
      [&context, asked = *asked, responder = std::move(call.responder)](Result<bool> stood) mutable {
        if (!stood) return responder.send(problem_of(stood.error()));
        if (*stood) return answer_when_known(context, std::move(responder), lifted(asked, true));
        check_name(context, asked,
                   [asked, responder = std::move(responder)](std::optional<http::Response> refusal) mutable {
                     responder.send(refusal ? std::move(*refusal) : lifted(asked, false));
                   });
      });
}

std::string write_pauses(const std::vector<log::Pause>& standing, std::size_t offset, std::size_t limit) {
  std::vector<std::string> items;
  for (std::size_t at = offset; at < standing.size() && items.size() < limit; ++at)
    items.push_back(write_pause(standing[at]));
  std::optional<std::string> next;
  if (offset < standing.size() && standing.size() - offset > limit) next = std::to_string(offset + limit);
  return write_page(items, next);
}

void list(Context& context, Call call) {
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const auto offset = read_offset(call.request);
  if (!offset) return call.responder.send(offset.error());
  context.pauses.list(
      [limit = static_cast<std::size_t>(*limit), offset = *offset,
       responder = std::move(call.responder)](Result<std::vector<log::Pause>> standing) mutable {
        responder.send(standing ? http::Response::json(200, write_pauses(*standing, offset, limit))
                                : problem_of(standing.error()));
      });
}

}  // namespace

std::vector<Route> pause_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/api/pauses",
       .summary = "The pauses that stand over a workflow, a source or everything",
       .query = {kLimitParameter, kCursorParameter},
       .body = {},
       .answers = {{200, "PausePage"}},
       .handle = [&context](Call call) { list(context, std::move(call)); }},
      {.method = "POST",
       .pattern = "/api/pauses",
       .summary =
           "Pause every run of a workflow, of a source, or all, those to come included: they are made and "
           "held, and nothing of them begins until it is resumed",
       .query = {},
       .body = "NewPause",
       .answers = {{200, "Pause"}},
       .handle = [&context](Call call) { pause(context, std::move(call)); }},
      {.method = "POST",
       .pattern = "/api/pauses/resume",
       .summary = "Lift such a pause; a run that a person has paused as well stays paused",
       .query = {},
       .body = "Scope",
       .answers = {{200, "PauseLifted"}},
       .handle = [&context](Call call) { resume(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
