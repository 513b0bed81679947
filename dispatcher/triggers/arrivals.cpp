#include "dispatcher/triggers/arrivals.hpp"

#include <utility>

#include "dispatcher/triggers/held_start.hpp"
#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"
#include "shared/workflow/fields.hpp"

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
  std::vector<log::HeldStart> held;
};

void Arrivals::start(Handling& handling, Match::Start& start, log::Verdict& verdict, const Event& event,
                     bool untrusted) {
  const GraphPtr& graph = start.workflow->graph;
  const RunSeed seed{.graph = graph,
                     .inputs = std::move(start.inputs),
                     .vars = vars_,
                     .source = event.delivery.source,
                     .delivery = event.delivery.id,
                     .event_name = event.delivery.event,
                     .event = handling.payload,
                     .cause_depth = event.cause_depth,
                     .untrusted = untrusted,
                     .needs_approval = start.needs_approval};
  auto run = make_new_run(ports_.engine, seed, ports_.clock.now());
  if (!run) {
    verdict.outcome = "error";
    verdict.detail = run.error().message;
    return;
  }
  handling.runs.push_back(std::move(*run));
  handling.graphs.push_back(graph);
  verdict.run = handling.runs.back().id;
}

void Arrivals::hold(Handling& handling, const Match::Start& start, log::Verdict& verdict, const Event& event,
                    bool untrusted) {
  auto held = make_held_start(*start.workflow, start.inputs, vars_, handling.payload, ports_.clock.now());
  if (!held) {
    verdict.outcome = "error";
    verdict.detail = held.error().message;
    return;
  }
  held->cause_depth = event.cause_depth;
  held->untrusted = untrusted;
  held->needs_approval = start.needs_approval;
  held->order = ++held_;
  verdict.outcome = log::kHeldOutcome;
  verdict.detail = describe_holding(*held);
  handling.held.push_back(std::move(*held));
}

std::shared_ptr<Arrivals::Handling> Arrivals::make_handling(Event& event) {
  const auto handling = std::make_shared<Handling>();  // shared with the callback of the commit
  handling->payload = event.payload;
  if (!event.is_matched) return handling;
  log::Delivery& delivery = event.delivery;
  Match match = event.only.empty()
                    ? ports_.workflows.match(delivery.source, delivery.event, handling->payload.get())
                    : match_workflow(ports_.workflows.find(event.only), delivery.source, delivery.event,
                                     handling->payload.get());
  for (std::size_t i = 0; i < match.starts.size(); ++i) {
    if (!match.starts[i]) continue;
    if (event.cause_depth > limits::kCauseDepth) {
      refuse_deep(match.verdicts[i], event.cause_depth);
      continue;
    }
    if (match.starts[i]->workflow->triggers.holding && delivery.source != workflow::kSchedule)
      hold(*handling, *match.starts[i], match.verdicts[i], event, match.untrusted);
    else
      start(*handling, *match.starts[i], match.verdicts[i], event, match.untrusted);
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
                       .runs = handling->runs,
                       .held = std::move(handling->held)};
  const Steady give_up = ports_.clock.steady() + limits::kIngressHold;
  ports_.intake.accept(
      std::move(arrival), give_up,
      [this, handling = std::move(handling), done = std::move(done)](Result<log::Arrived> arrived) mutable {
        settle(*handling, arrived);
        done(std::move(arrived));
      });
}

}  // namespace callboard::dispatcher
