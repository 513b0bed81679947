// POST /api/runs/{id}/signals/{name}: what a `wait` waits for, or will wait for.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "shared/run/approval.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/wait.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

/// The body is the signal's data, any JSON; none is null.
Read<run::Signal> read_signal(const Call& call) {
  run::Signal signal{.name = call.parameter("name"), .data = "null", .actor = "api"};
  const auto refusal = [](std::string_view detail) {
    return std::unexpected(http::make_problem(400, detail));
  };
  if (!run::is_signal_name(signal.name)) {
    return refusal("a signal's name has letters, digits, '.', '_' and '-', at most 100 of them");
  }
  if (signal.name.starts_with(run::approval_signal("")))
    return refusal("approvals are given at /api/runs/{id}/steps/{step}/approval");
  if (call.request.body.size() > limits::kSignalBytes) {
    return std::unexpected(http::make_problem(
        413, "a signal's data has at most " + std::to_string(limits::kSignalBytes) + " bytes"));
  }
  if (call.request.body.empty()) return signal;
  const auto body = read_json(call.request.body);
  if (!body) return refusal(body.error().message);
  signal.data = write_json(*body);
  return signal;
}

std::optional<http::Response> find_refusal(const run::RunState& state) {
  if (run::is_closed(state.phase)) {
    return http::make_problem(409, "the run is " + std::string(run::to_string(state.phase)) +
                                       " already: a signal would never be looked at");
  }
  if (state.signals.size() < limits::kSignalsKept) return std::nullopt;
  return http::make_problem(429, "the run has " + std::to_string(state.signals.size()) +
                                     " signals that no step has waited for yet, and keeps no more");
}

void signal_run(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto given = read_idempotency_key(call.request, {});
  if (!given) return call.responder.send(given.error());
  auto signal = read_signal(call);
  if (!signal) return call.responder.send(std::move(signal.error()));
  std::string key = run::signal_key(make_command_id(context, *given));
  load_events(
      context, *id, std::nullopt,
      [&context, id = *id, key = std::move(key), signal = std::move(*signal),
       responder = std::move(call.responder)](Result<RunEvents> loaded) mutable {
        if (!loaded) return responder.send(problem_of(loaded.error()));
        const run::RunPhase phase = loaded->state.phase;
        if (loaded->state.consumed.contains(key)) return responder.send(accepted(id, run::to_string(phase)));
        if (auto refusal = find_refusal(loaded->state)) return responder.send(std::move(*refusal));
        append_asked(
            context, id, std::move(key), run::EventType::signal_received, run::encode_signal(signal),
            [id, phase, responder = std::move(responder)](Result<run::Event> stored) mutable {
              responder.send(stored ? accepted(id, run::to_string(phase)) : problem_of(stored.error()));
            });
      });
}

}  // namespace

std::vector<Route> signal_routes(Context& context) {
  const Route route{
      .method = "POST",
      .pattern = "/api/runs/{id}/signals/{name}",
      .summary = "Send a run a signal, with any JSON as its data; one that comes before its `wait` is kept",
      .query = {},
      .body = "Anything",
      .answers = {{202, "Accepted"}},
      .handle = [&context](Call call) { signal_run(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/signals/{name}")};
}

}  // namespace callboard::dispatcher
