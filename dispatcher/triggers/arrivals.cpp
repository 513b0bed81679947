#include "dispatcher/triggers/arrivals.hpp"

#include <utility>

#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

/// A run that a long row of runs stands behind is not started: most likely a workflow sets itself off.
void refuse_deep(log::Verdict& verdict, std::uint32_t depth) {
  verdict.outcome = "error";
  verdict.detail = "cause depth: " + std::to_string(depth) +
                   " runs stand behind this event, one started by the other, and at most " +
                   std::to_string(limits::kCauseDepth) + " may: the workflow sets itself off";
}

}  // namespace

/// What must be at hand once the arrival is committed.
struct Arrivals::Handling {
  std::shared_ptr<const Value> payload;  // shared with the runs that read it
  std::vector<log::NewRun> runs;
  std::vector<GraphPtr> graphs;  // beside `runs`
};

std::shared_ptr<Arrivals::Handling> Arrivals::make_handling(Event& event) {
  const auto handling = std::make_shared<Handling>();  // shared with the callback of the commit
  handling->payload = event.payload;
  if (!event.is_matched) return handling;
  log::Delivery& delivery = event.delivery;
  Match match = ports_.workflows.match(delivery.source, delivery.event, handling->payload.get());
  for (std::size_t i = 0; i < match.starts.size(); ++i) {
    if (!match.starts[i]) continue;
    if (event.cause_depth > limits::kCauseDepth) {
      refuse_deep(match.verdicts[i], event.cause_depth);
      continue;
    }
    const GraphPtr& graph = match.starts[i]->workflow->graph;
    const RunSeed seed{.graph = graph,
                       .inputs = std::move(match.starts[i]->inputs),
                       .vars = vars_,
                       .source = delivery.source,
                       .delivery = delivery.id,
                       .event_name = delivery.event,
                       .event = handling->payload,
                       .cause_depth = event.cause_depth,
                       .untrusted = match.untrusted};
    auto run = make_new_run(ports_.engine, seed, ports_.clock.now());
    if (!run) {
      match.verdicts[i].outcome = "error";
      match.verdicts[i].detail = run.error().message;
      continue;
    }
    handling->runs.push_back(std::move(*run));
    handling->graphs.push_back(graph);
    match.verdicts[i].run = handling->runs.back().id;
  }
  delivery.verdicts = std::move(match.verdicts);
  delivery.matched_against = ports_.workflows.hash();
  return handling;
}

/// What was given up may still have happened, and the first arrival of a duplicate may have been: nobody else
/// may know of its runs.
void Arrivals::settle(const Handling& handling, const Result<log::Arrived>& arrived) {
  if (!arrived) {
    for (const log::NewRun& run : handling.runs) ports_.engine.expect(run.id);
  } else if (arrived->duplicate) {
    for (const RunId& run : arrived->runs) ports_.engine.expect(run);
  } else {
    for (std::size_t i = 0; i < handling.runs.size(); ++i) {
      const GraphPtr& graph = handling.graphs[i];
      ports_.engine.adopt(handling.runs[i], graph, graph->reads_event ? handling.payload : nullptr,
                          arrived->at);
    }
  }
}

void Arrivals::accept(Event event, Accepted done) {
  auto handling = make_handling(event);
  log::Arrival arrival{.origin_kind = std::move(event.origin_kind),
                       .origin = std::move(event.origin),
                       .fingerprint = {},
                       .delivery = std::move(event.delivery),
                       .runs = handling->runs};
  const Steady give_up = ports_.clock.steady() + limits::kIngressHold;
  ports_.intake.accept(
      std::move(arrival), give_up,
      [this, handling = std::move(handling), done = std::move(done)](Result<log::Arrived> arrived) mutable {
        settle(*handling, arrived);
        done(std::move(arrived));
      });
}

}  // namespace callboard::dispatcher
