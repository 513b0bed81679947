// POST /api/runs/{id}/cancel, pause, resume, retry and steps/{step}/answer: commands in the log, which the
// run's owner consumes by decisions. Each may be sent again without harm.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/ask.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "shared/run/checkpoints.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

void ask(Context& context, Call call, Judge judge) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto given = read_idempotency_key(call.request, {});
  if (!given) return call.responder.send(given.error());
  ask_run(context, *id, run::command_key(make_command_id(context, *given)), std::move(judge), true,
          [responder = std::move(call.responder)](http::Response answer) mutable {
            responder.send(std::move(answer));
          });
}

/// The generation and level of a checkpoint stand in its id, so that what is wrong with one can be said.
Verdict judge_rewind(const RunEvents& loaded, const std::string& checkpoint) {
  run::Command command = make_command("rewind", loaded.state);
  command.checkpoint = checkpoint;
  bool is_found = false;
  const auto walked = run::walk_checkpoints(*loaded.graph, loaded.state.id, loaded.events,
                                            [&](const run::Checkpoint& point, const run::RunState& state) {
                                              is_found = point.id == checkpoint &&
                                                         point.generation == loaded.state.generation;
                                              if (is_found)
                                                command.keep = run::ended_steps(*loaded.graph, state);
                                              return !is_found;
                                            });
  if (!walked) return {{}, {}, problem_of(walked.error())};
  if (!is_found) {
    return refuse_command("the run has no checkpoint \"" + checkpoint + "\" in its generation " +
                          std::to_string(loaded.state.generation) +
                          ": GET /api/runs/{id}/checkpoints lists those it has");
  }
  return {std::move(command), run::RunPhase::running, {}};
}

/// {"answer": "retry" | "fail" | "complete", "result"?}
Read<run::Command> read_answer(const http::Request& request) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object())
    return std::unexpected(http::make_problem(400, "the body must be a JSON object"));
  for (const auto& member : body->get_object()) {
    if (member.key() != "answer" && member.key() != "result")
      return std::unexpected(
          http::make_problem(400, "the body may have answer and result; found " + std::string(member.key())));
  }
  run::Command command;
  command.answer = find_text(&*body, "answer");
  if (command.answer != "retry" && command.answer != "fail" && command.answer != "complete") {
    return std::unexpected(http::make_problem(400, "answer must be retry, fail or complete"));
  }
  if (const Value* result = find(&*body, "result")) command.result = write_json(*result);
  if (!command.result.empty() && command.answer != "complete") {
    return std::unexpected(http::make_problem(400, "a result goes with complete alone"));
  }
  return command;
}

Verdict judge_answer(const RunEvents& loaded, const std::string& step, run::Command command) {
  const run::StepIndex index = run::find_place(*loaded.graph, loaded.state, step);
  if (index == run::kNoStep) return {{}, {}, not_found("step", step)};
  const run::StepState& state = loaded.state.steps[index];
  if (state.phase != run::StepPhase::asking || run::is_closed(loaded.state.phase)) {
    return refuse_command(
        "step \"" + step + "\" asks nothing: it is " +
        std::string(run::shown_state(run::step_of(*loaded.graph, loaded.state, index), state.phase)));
  }
  command.name = "answer";
  command.actor = "api";
  command.generation = loaded.state.generation;
  command.step = step;
  command.attempt = state.attempt;
  return {std::move(command), loaded.state.phase, {}};
}

/// {"checkpointId"?}
Read<std::string> read_checkpoint(const http::Request& request) {
  if (request.body.empty()) return std::string();
  const auto body = read_json(request.body);
  const auto refusal = [](std::string_view detail) {
    return std::unexpected(http::make_problem(400, detail));
  };
  if (!body || !body->is_object()) return refusal("the body must be a JSON object");
  for (const auto& member : body->get_object()) {
    if (member.key() != "checkpointId" || !member.value().is_string())
      return refusal("the body may have one member: checkpointId, a text");
  }
  return std::string(find_text(&*body, "checkpointId"));
}

void resume(Context& context, Call call) {
  auto checkpoint = read_checkpoint(call.request);
  if (!checkpoint) return call.responder.send(std::move(checkpoint.error()));
  ask(context, std::move(call), [checkpoint = std::move(*checkpoint)](const RunEvents& loaded) {
    return checkpoint.empty() ? (*find_judge("resume"))(loaded) : judge_rewind(loaded, checkpoint);
  });
}

void answer(Context& context, Call call) {
  auto command = read_answer(call.request);
  if (!command) return call.responder.send(std::move(command.error()));
  std::string step = call.parameter("step");
  ask(context, std::move(call),
      [step = std::move(step), command = std::move(*command)](const RunEvents& loaded) mutable {
        return judge_answer(loaded, step, std::move(command));
      });
}

Route make_route(std::string_view pattern, std::string_view summary, std::string_view body,
                 std::function<void(Call)> handle) {
  return {.method = "POST",
          .pattern = pattern,
          .summary = summary,
          .query = {},
          .body = body,
          .answers = {{202, "Accepted"}},
          .handle = std::move(handle)};
}

std::function<void(Call)> simple(Context& context, std::string_view action) {
  return [&context, action](Call call) { ask(context, std::move(call), std::move(*find_judge(action))); };
}

}  // namespace

std::vector<Route> command_routes(Context& context) {
  std::vector<Route> routes;
  const auto add = [&routes](std::string_view other, Route route) {
    routes.push_back(route.hidden_at(other));
    routes.push_back(std::move(route));
  };
  add("/api/workflows/{id}/cancel",
      make_route("/api/runs/{id}/cancel",
                 "Cancel a run: nothing new begins, and what its workers execute is stopped", kNoMembers,
                 simple(context, "cancel")));
  add("/api/workflows/{id}/pause",
      make_route(
          "/api/runs/{id}/pause",
          "Pause a run: nothing new begins; what workers execute goes on, and its time-out stands still",
          kNoMembers, simple(context, "pause")));
  add("/api/workflows/{id}/resume",
      make_route("/api/runs/{id}/resume",
                 "Let a paused run go on; with a checkpoint, let a run go back to it (an open one is "
                 "cancelled first)",
                 "Resume", [&context](Call call) { resume(context, std::move(call)); }));
  add("/api/workflows/{id}/retry",
      make_route("/api/runs/{id}/retry",
                 "Let a failed or cancelled run go on: its steps that have not ended well begin anew",
                 kNoMembers, simple(context, "retry")));
  add("/api/workflows/{id}/steps/{step}/answer",
      make_route("/api/runs/{id}/steps/{step}/answer",
                 "Say what became of a step with effect once whose worker died", "StepAnswer",
                 [&context](Call call) { answer(context, std::move(call)); }));
  return routes;
}

}  // namespace callboard::dispatcher
