// POST /api/runs/{id}/cancel: a command in the log, which the run's owner consumes by a decision.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kCommandIdDigits = 32;

/// The same idempotency key is the same command, which can be in the log only once.
std::string command_id(Context& context, const std::string& idempotency_key) {
  if (idempotency_key.empty()) return to_string(make_uuid(context.clock.now(), context.random));
  return to_hex(sha256(idempotency_key)).substr(0, kCommandIdDigits);
}

std::string write_accepted(const RunId& run) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(run)).name("state").text("cancelling").end_object();
  return out;
}

void append_command(Context& context, const RunId& run, const std::string& id, http::Responder responder) {
  log::Append row{.run = run,
                  .key = run::command_key(id),
                  .type = run::EventType::command_received,
                  .writer = context.engine.next_writer(),
                  .data = run::encode_command({.name = "cancel", .actor = "api"}),
                  .close = {},
                  .inbox = true};
  context.events.append(std::move(row), [&context, run, responder = std::move(responder)](
                                            Result<log::Appended> appended) mutable {
    if (!appended) return responder.send(problem_of(appended.error()));
    if (appended->won) context.engine.notice(appended->stored);
    responder.send(http::Response::json(202, write_accepted(run)));
  });
}

void cancel_run(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto key = read_idempotency_key(call.request, {});
  if (!key) return call.responder.send(key.error());
  context.library.run(*id, [&context, id = *id, command = command_id(context, *key),
                            responder = std::move(call.responder)](Result<log::RunHead> head) mutable {
    if (!head) return responder.send(problem_of(head.error()));
    if (run::is_closed(head->phase)) {
      return responder.send(
          http::make_problem(409, "the run is " + std::string(run::to_string(head->phase)) + " already"));
    }
    append_command(context, id, command, std::move(responder));
  });
}

}  // namespace

std::vector<Route> cancel_routes(Context& context) {
  const Route route{.method = "POST",
                    .pattern = "/api/runs/{id}/cancel",
                    .summary = "Cancel a run: nothing new begins, and what its workers execute is stopped",
                    .query = {},
                    .body = "Empty",
                    .answers = {{202, "Accepted"}},
                    .handle = [&context](Call call) { cancel_run(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/cancel")};
}

}  // namespace callboard::dispatcher
