// POST /api/runs/{id}/fork: a new run that begins with what another one has done.
#include "shared/run/fork.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/given_definition.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "dispatcher/api/run_view.hpp"
#include "dispatcher/triggers/new_run.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

/// One request on its way: from the run to the definition, the inputs, and the new run.
struct Forking {
  Context& context;
  http::Responder responder;
  std::string idempotency_key;
  std::string fingerprint;  // of the body
  std::string from;
  Value inputs;                // null: the run's own
  GivenDefinition definition;  // none: the run's own
  bool dry_run = false;
  GraphPtr old_graph;
  run::RunState state;
};
using ForkingPtr = std::shared_ptr<Forking>;  // shared by the callbacks of its steps, one at a time

void refuse(const ForkingPtr& forking, int status, std::string_view detail) {
  forking->responder.send(http::make_problem(status, detail));
}

/// {"from","inputs"?,"definition"?,"dryRun"?}
std::optional<std::string> read_body(const http::Request& request, Forking& forking) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return "the body must be a JSON object";
  for (const auto& member : body->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    const Value& value = member.value();
    if (name == "from" && value.is_string()) {
      forking.from = find_text(&*body, "from");
    } else if (name == "inputs" && value.is_object()) {
      forking.inputs = value;
    } else if (name == "definition" && (value.is_object() || value.is_string())) {
      forking.definition = value.is_object()
                               ? GivenDefinition{write_json(value), "json"}
                               : GivenDefinition{std::string(find_text(&*body, "definition")), "yaml"};
    } else if (name == "dryRun" && value.is_bool()) {
      forking.dry_run = value.get_bool();
    } else {
      return "the body may have from (a text), inputs (an object), definition (an object or a text) and "
             "dryRun "
             "(true or false); found " +
             std::string(name);
    }
  }
  if (forking.from.empty()) return "from must name the first step to run again";
  forking.fingerprint = to_hex(sha256(write_canonical(*body)));
  return std::nullopt;
}

std::string write_plan(const run::Graph& graph, const std::vector<run::Decision>& kept) {
  const auto is_kept = [&](run::StepIndex step) {
    return std::ranges::find(kept, step, &run::Decision::step) != kept.end();
  };
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("hash").text(graph.hash);
  for (const bool keeps : {true, false}) {
    json.name(keeps ? "keeps" : "runs").begin_array();
    for (run::StepIndex step = 0; step < graph.steps.size(); ++step) {
      if (is_kept(step) == keeps) json.text(graph.steps[step].key);
    }
    json.end_array();
  }
  json.end_object();
  return out;
}

void make_run(const ForkingPtr& forking, GraphPtr graph, std::string inputs,
              std::vector<run::Decision> kept) {
  Context& context = forking->context;
  const run::Created& created = forking->state.created;
  const RunSeed seed{.graph = graph,
                     .inputs = std::move(inputs),
                     .vars = created.vars,
                     .source = std::string(kApiSource),
                     .delivery = created.delivery,
                     .event_name = created.event_name,
                     .forked_from = forking->state.id,
                     .kept = std::move(kept)};
  log::NewRun run = make_new_run(context.engine, seed, context.clock.now());
  if (run.created.size() > limits::kEventBytes) {
    return refuse(forking, 413,
                  "the results that the fork would keep exceed " + std::to_string(limits::kEventBytes) +
                      " bytes: fork from an earlier step");
  }
  run.inbox = true;  // its owner reads it from the log, with the payload
  log::Arrival arrival;
  if (!forking->idempotency_key.empty()) {
    arrival.origin_kind = "fork";
    arrival.origin = to_string(forking->state.id) + '\n' + forking->idempotency_key;
    arrival.fingerprint = forking->fingerprint;
  }
  arrival.runs.push_back(std::move(run));
  context.intake.accept(std::move(arrival), context.clock.steady() + limits::kIngressHold,
                        [forking, graph](const Result<log::Arrived>& arrived) {
                          if (!arrived) return forking->responder.send(problem_of(arrived.error()));
                          forking->responder.send(http::Response::json(
                              arrived->duplicate ? 200 : 201,
                              write_started(arrived->runs.front(), *graph, run::RunPhase::pending)));
                        });
}

void have_definition(const ForkingPtr& forking, const CurrentWorkflow& workflow) {
  const GraphPtr& graph = workflow.graph;
  const run::StepIndex from = graph->find(forking->from);
  if (from == run::kNoStep) {
    return refuse(forking, 409, "the definition has no step \"" + forking->from + "\"");
  }
  auto inputs = forking->inputs.is_null()
                    ? workflow::resolve_inputs(workflow.inputs, forking->state.created.inputs)
                    : workflow::resolve_inputs(workflow.inputs, forking->inputs);
  if (!inputs) return refuse(forking, 422, inputs.error().message);
  auto kept = run::keep_for_fork(*forking->old_graph, forking->state, *graph, from);
  if (forking->dry_run) return forking->responder.send(http::Response::json(200, write_plan(*graph, kept)));
  if (!forking->definition.is_given()) return make_run(forking, graph, std::move(*inputs), std::move(kept));
  store_given(forking->context, forking->definition,
              [forking, graph, inputs = std::move(*inputs),
               kept = std::move(kept)](std::optional<http::Response> failure) mutable {
                if (failure) return forking->responder.send(std::move(*failure));
                make_run(forking, graph, std::move(inputs), std::move(kept));
              });
}

/// The run's own definition, compiled again for what it says of its inputs.
void load_own_definition(const ForkingPtr& forking) {
  forking->context.catalog.load(forking->old_graph->hash, [forking](const Result<log::Definition>& stored) {
    if (!stored) return forking->responder.send(problem_of(stored.error()));
    auto compiled = compile_workflow(stored->body, stored->format, true);
    if (!compiled) return forking->responder.send(problem_of(compiled.error()));
    compiled->graph = forking->old_graph;
    have_definition(forking, *compiled);
  });
}

void compile_definition(const ForkingPtr& forking) {
  const auto compiled = compile_given(forking->definition);
  if (!compiled) return forking->responder.send(compiled.error());
  have_definition(forking, *compiled);
}

void fork(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  auto key = read_idempotency_key(call.request, {});
  if (!key) return call.responder.send(std::move(key.error()));
  const ForkingPtr forking = std::make_shared<Forking>(Forking{.context = context,
                                                               .responder = std::move(call.responder),
                                                               .idempotency_key = std::move(*key),
                                                               .fingerprint = {},
                                                               .from = {},
                                                               .inputs = {},
                                                               .definition = {},
                                                               .old_graph = {},
                                                               .state = {}});
  if (const auto problem = read_body(call.request, *forking)) return refuse(forking, 400, *problem);
  load_run(context, *id, std::nullopt, [forking](Result<LoadedRun> loaded) {
    if (!loaded) return forking->responder.send(problem_of(loaded.error()));
    forking->old_graph = std::move(loaded->graph);
    forking->state = std::move(loaded->state);
    forking->definition.is_given() ? compile_definition(forking) : load_own_definition(forking);
  });
}

}  // namespace

std::vector<Route> fork_routes(Context& context) {
  const Route route{
      .method = "POST",
      .pattern = "/api/runs/{id}/fork",
      .summary =
          "Start a run that keeps the results of another one before a step, with other inputs or "
          "another definition",
      .query = {},
      .body = "Fork",
      .answers = {{201, "RunStarted"}, {200, "ForkPlan"}},
      .handle = [&context](Call call) { fork(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/fork")};
}

}  // namespace callboard::dispatcher
