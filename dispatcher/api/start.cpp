// POST /api/workflows and POST /api/workflows/{name}/runs: the ways for a person to start a run.
#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/no_workflow.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "dispatcher/api/run_starter.hpp"
#include "dispatcher/api/run_view.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

/// What a body asks for.
struct Wish {
  std::string workflow;  // text of the definition; of POST /api/workflows alone
  std::string format = "yaml";
  Value inputs;  // null: none given
  std::string idempotency_key;
  bool start = true;
};

Read<Wish> refuse(std::string_view detail) { return std::unexpected(http::make_problem(400, detail)); }

Read<std::string> text_member(const Value& body, std::string_view name) {
  const Value* member = find(&body, name);
  if (member == nullptr || member->is_null()) return std::string();
  if (!member->is_string())
    return std::unexpected(http::make_problem(400, std::string(name) + " must be a text"));
  return std::string(find_text(&body, name));
}

Read<Wish> read_members(const Value& body, std::initializer_list<std::string_view> known) {
  Wish wish;
  for (const auto& member : body.get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return refuse("unknown member of the body: " + std::string(name));
    }
  }
  if (const Value* inputs = find(&body, "inputs"); inputs != nullptr && !inputs->is_null()) {
    if (!inputs->is_object()) return refuse("inputs must be an object");
    wish.inputs = *inputs;
  }
  auto key = text_member(body, "idempotencyKey");
  if (!key) return std::unexpected(key.error());
  wish.idempotency_key = std::move(*key);
  return wish;
}

/// {"inputs"?, "idempotencyKey"?}, or nothing at all.
Read<Wish> read_run_body(const http::Request& request) {
  if (request.body.empty()) return Wish{};
  const auto body = read_json(request.body);
  if (!body) return refuse(body.error().message);
  if (!body->is_object()) return refuse("the body must be a JSON object");
  return read_members(*body, {"inputs", "idempotencyKey"});
}

/// {"workflow", "inputs"?, "start"?, "idempotencyKey"?}
Read<Wish> read_envelope(const Value& body) {
  auto wish = read_members(body, {"workflow", "inputs", "start", "idempotencyKey"});
  if (!wish) return wish;
  const Value& workflow = *find(&body, "workflow");
  if (workflow.is_object()) {
    wish->workflow = write_json(workflow);
    wish->format = "json";
  } else if (workflow.is_string()) {
    wish->workflow = std::string(find_text(&body, "workflow"));
  } else {
    return refuse("workflow must be an object, or a text in YAML");
  }
  if (const Value* start = find(&body, "start"); start != nullptr) {
    if (!start->is_bool()) return refuse("start must be true or false");
    wish->start = start->get_bool();
  }
  return wish;
}

/// A workflow in YAML or JSON, or an envelope around one.
Read<Wish> read_workflow_body(const http::Request& request) {
  if (request.headers.get("Content-Type").find("json") == std::string_view::npos) {
    return Wish{
        .workflow = request.body, .format = "yaml", .inputs = {}, .idempotency_key = {}, .start = true};
  }
  const auto body = read_json(request.body);
  if (body && body->is_object() && find(&*body, "workflow") != nullptr) return read_envelope(*body);
  // What is wrong with it, and where, is for the compiler to say.
  return Wish{.workflow = request.body, .format = "json", .inputs = {}, .idempotency_key = {}, .start = true};
}

void answer_started(Context& context, const Result<StartedRun>& started, Micros wait,
                    http::Responder responder) {
  if (!started) return responder.send(problem_of(started.error()));
  const int status = started->duplicate ? 200 : 201;
  if (wait.count() == 0 && !started->duplicate) {
    return responder.send(
        http::Response::json(201, write_started(started->id, *started->graph, run::RunPhase::pending)));
  }
  show_when_closed(
      context, started->id, wait,
      [status, responder = std::move(responder)](Result<std::string> shown) mutable {
        responder.send(shown ? http::Response::json(status, std::move(*shown)) : problem_of(shown.error()));
      });
}

void start_wish(Context& context, const CurrentWorkflowPtr& workflow, const Wish& wish, Micros wait,
                http::Responder responder) {
  auto inputs = wish.inputs.is_null() ? workflow::resolve_inputs(workflow->inputs, std::string_view())
                                      : workflow::resolve_inputs(workflow->inputs, wish.inputs);
  if (!inputs) return responder.send(http::make_problem(422, inputs.error().message));
  start_run(context,
            {.workflow = workflow, .inputs = std::move(*inputs), .idempotency_key = wish.idempotency_key},
            [&context, wait, responder = std::move(responder)](Result<StartedRun> started) mutable {
              answer_started(context, started, wait, std::move(responder));
            });
}

void start_named(Context& context, Call call) {
  const CurrentWorkflowPtr workflow = context.registry.workflows().find(call.parameter("name"));
  if (!workflow) return call.responder.send(no_workflow(context, call.parameter("name")));
  auto wish = read_run_body(call.request);
  if (!wish) return call.responder.send(std::move(wish.error()));
  const auto wait = read_wait(call.request);
  if (!wait) return call.responder.send(wait.error());
  auto key = read_idempotency_key(call.request, wish->idempotency_key);
  if (!key) return call.responder.send(std::move(key.error()));
  wish->idempotency_key = std::move(*key);
  start_wish(context, workflow, *wish, *wait, std::move(call.responder));
}

std::string write_registered(const run::Graph& graph, bool current) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("workflow").text(graph.slug).name("version").text(graph.version);
  json.name("hash").text(graph.hash).name("current").boolean(current).end_object();
  return out;
}

void register_workflow(Context& context, Call call) {
  auto wish = read_workflow_body(call.request);
  if (!wish) return call.responder.send(std::move(wish.error()));
  const auto start = read_flag(call.request, "start", wish->start);
  if (!start) return call.responder.send(start.error());
  const auto current = read_flag(call.request, "current", true);
  if (!current) return call.responder.send(current.error());
  auto key = read_idempotency_key(call.request, wish->idempotency_key);
  if (!key) return call.responder.send(std::move(key.error()));
  wish->idempotency_key = std::move(*key);
  wish->start = *start;
  std::string text = std::move(wish->workflow);
  std::string format = wish->format;
  context.registry.add(
      std::move(text), std::move(format), *current,
      [&context, current = *current, wish = std::move(*wish), responder = std::move(call.responder)](
          std::expected<CurrentWorkflowPtr, Registry::Refusal> added) mutable {
        if (!added) return responder.send(problem_of(added.error()));
        if (!wish.start)
          return responder.send(http::Response::json(201, write_registered(*(*added)->graph, current)));
        start_wish(context, *added, wish, Micros(0), std::move(responder));
      });
}

}  // namespace

std::vector<Route> start_routes(Context& context) {
  return {
      {.method = "POST",
       .pattern = "/api/workflows/{name}/runs",
       .summary = "Start a run of a workflow; with wait, answer when it is closed",
       .query = {kWaitParameter},
       .body = "StartRun",
       .answers = {{201, "Run"}, {200, "Run"}},
       .handle = [&context](Call call) { start_named(context, std::move(call)); }},
      {.method = "POST",
       .pattern = "/api/workflows",
       .summary = "Register a workflow, and start a run of it",
       .query = {{"start", R"({"type":"boolean","default":true})", "false: only register it"},
                 {"current", R"({"type":"boolean","default":true})",
                  "false: register this version without making it the one that the name means"}},
       .body = "RegisterWorkflow",
       .answers = {{201, "Registered"}, {200, "Run"}},
       .handle = [&context](Call call) { register_workflow(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
