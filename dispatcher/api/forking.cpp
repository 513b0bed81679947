#include "dispatcher/api/forking.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "dispatcher/api/run_view.hpp"
#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/triggers/new_run.hpp"
#include "shared/run/fork.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

/// One run on its way: from the run to the definition, the inputs, and the new run.
struct Forking {
  Context& context;
  ForkWish wish;
  std::move_only_function<void(http::Response)> done;
  GraphPtr old_graph{};
  run::RunState state{};
};
using ForkingPtr = std::shared_ptr<Forking>;  // shared by the callbacks of its steps, one at a time

void refuse(const ForkingPtr& forking, int status, std::string_view detail) {
  forking->done(http::make_problem(status, detail));
}

std::string fingerprint_of(const ForkWish& wish) {
  return to_hex(sha256(wish.from + '\n' + write_canonical(wish.inputs) + '\n' + wish.definition.text));
}

/// All of its items that the run had, if it is a map.
bool is_kept_whole(const Forking& forking, const run::Step& step, std::size_t ends) {
  if (ends == 0 || !step.is_map()) return ends > 0;
  const auto map = forking.state.maps.find(forking.old_graph->find(step.key));
  return map == forking.state.maps.end() || map->second.count == ends;
}

/// Of a map that is run again in part, the items that are kept.
std::string write_plan(const Forking& forking, const run::Graph& graph,
                       const std::vector<run::Decision>& kept) {
  std::vector<std::string> keeps;
  std::vector<std::string> runs;
  for (run::StepIndex step = 0; step < graph.steps.size(); ++step) {
    const std::string& key = graph.steps[step].key;
    const auto ends = static_cast<std::size_t>(std::ranges::count(kept, step, &run::Decision::step));
    const bool is_whole = is_kept_whole(forking, graph.steps[step], ends);
    (is_whole ? keeps : runs).push_back(key);
    for (const run::Decision& end : kept) {
      if (end.step == step && end.item && !is_whole)
        keeps.push_back(key + "[" + std::to_string(*end.item) + "]");
    }
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("hash").text(graph.hash).name("keeps").begin_array();
  for (const std::string& key : keeps) json.text(key);
  json.end_array().name("runs").begin_array();
  for (const std::string& key : runs) json.text(key);
  json.end_array().end_object();
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
                     .event = forking->state.event,
                     .cause_depth = created.cause_depth,
                     .untrusted = created.untrusted,
                     .needs_approval = created.needs_approval,
                     .forked_from = forking->state.id,
                     .kept = std::move(kept)};
  auto made = make_new_run(context.engine, seed, context.clock.now());
  if (!made) return refuse(forking, 422, made.error().message);
  log::NewRun& run = *made;
  if (run.created.size() > limits::kEventBytes) {
    return refuse(forking, 413,
                  "the results that the fork would keep exceed " + std::to_string(limits::kEventBytes) +
                      " bytes: fork from an earlier step");
  }
  run.inbox = true;  // its owner reads it from the log, with the payload
  log::Arrival arrival;
  if (!forking->wish.idempotency_key.empty()) {
    arrival.origin_kind = "fork";
    arrival.origin = to_string(forking->state.id) + '\n' + forking->wish.idempotency_key;
    arrival.fingerprint = fingerprint_of(forking->wish);
  }
  arrival.runs.push_back(std::move(run));
  context.intake.accept(std::move(arrival), context.clock.steady() + limits::kIngressHold,
                        [forking, graph](const Result<log::Arrived>& arrived) {
                          if (!arrived) return forking->done(problem_of(arrived.error()));
                          forking->done(http::Response::json(
                              arrived->duplicate ? 200 : 201,
                              write_started(arrived->runs.front(), *graph, run::RunPhase::pending)));
                        });
}

/// What its group, its throttle and its labels are rendered from.
void load_event(const ForkingPtr& forking, const GraphPtr& graph, std::string inputs,
                std::vector<run::Decision> kept) {
  const bool reads_event =
      (graph->concurrency && graph->concurrency->group.reads.event) ||
      (graph->throttle && graph->throttle->key && graph->throttle->key->reads.event) ||
      std::ranges::any_of(graph->labels, [](const run::LabelText& label) { return label.text.reads.event; });
  if (!reads_event || !forking->state.created.delivery)
    return make_run(forking, graph, std::move(inputs), std::move(kept));
  forking->context.library.delivery(
      *forking->state.created.delivery, [forking, graph, inputs = std::move(inputs), kept = std::move(kept)](
                                            const Result<log::Delivery>& delivery) mutable {
        if (!delivery) return forking->done(problem_of(delivery.error()));
        auto payload = read_payload(*delivery);
        if (!payload) return forking->done(problem_of(payload.error()));
        forking->state.event = std::make_shared<const Value>(std::move(*payload));
        make_run(forking, graph, std::move(inputs), std::move(kept));
      });
}

void have_definition(const ForkingPtr& forking, const CurrentWorkflow& workflow) {
  const GraphPtr& graph = workflow.graph;
  const auto from = run::find_fork_point(*forking->old_graph, forking->state, *graph, forking->wish.from);
  if (!from) return refuse(forking, 409, "the definition has no step \"" + forking->wish.from + "\"");
  auto inputs = forking->wish.inputs.is_null()
                    ? workflow::resolve_inputs(workflow.inputs, forking->state.created.inputs)
                    : workflow::resolve_inputs(workflow.inputs, forking->wish.inputs);
  if (!inputs) return refuse(forking, 422, inputs.error().message);
  auto kept = run::keep_for_fork(*forking->old_graph, forking->state, *graph, *from);
  if (forking->wish.dry_run)
    return forking->done(http::Response::json(200, write_plan(*forking, *graph, kept)));
  if (!forking->wish.definition.is_given())
    return load_event(forking, graph, std::move(*inputs), std::move(kept));
  store_given(forking->context, forking->wish.definition,
              [forking, graph, inputs = std::move(*inputs),
               kept = std::move(kept)](std::optional<http::Response> failure) mutable {
                if (failure) return forking->done(std::move(*failure));
                load_event(forking, graph, std::move(inputs), std::move(kept));
              });
}

/// The run's own definition, compiled again for what it says of its inputs.
void load_own_definition(const ForkingPtr& forking) {
  forking->context.catalog.load(forking->old_graph->hash, [forking](const Result<log::Definition>& stored) {
    if (!stored) return forking->done(problem_of(stored.error()));
    GivenDefinition own{.text = stored->body, .format = stored->format};
    if (const auto compiled = compile_given(own); !compiled) return forking->done(compiled.error());
    own.compiled->workflow.graph = forking->old_graph;
    have_definition(forking, own.compiled->workflow);
  });
}

}  // namespace

bool read_fork_member(std::string_view name, const Value& value, ForkWish& fork) {
  if (name == "from" && value.is_string()) {
    fork.from = std::string_view(value.get_string());
  } else if (name == "inputs" && value.is_object()) {
    fork.inputs = value;
  } else if (name == "definition") {
    return read_given(value, fork.definition);
  } else {
    return false;
  }
  return true;
}

void fork_run(Context& context, const RunId& run, ForkWish wish,
              std::move_only_function<void(http::Response)> done) {
  const ForkingPtr forking = std::make_shared<Forking>(
      Forking{.context = context, .wish = std::move(wish), .done = std::move(done)});
  load_run(context, run, std::nullopt, [forking](Result<LoadedRun> loaded) {
    if (!loaded) return forking->done(problem_of(loaded.error()));
    forking->old_graph = std::move(loaded->graph);
    forking->state = std::move(loaded->state);
    const GivenWorkflowPtr& given = forking->wish.definition.compiled;
    given ? have_definition(forking, given->workflow) : load_own_definition(forking);
  });
}

}  // namespace callboard::dispatcher
