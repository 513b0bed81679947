#include "dispatcher/api/run_starter.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

/// Equal inputs give equal fingerprints, in whatever order they were written.
std::string fingerprint_of(const std::string& inputs) {
  const auto value = read_json(inputs);
  return to_hex(sha256(value ? write_canonical(*value) : inputs));
}

}  // namespace

void start_run(Context& context, RunWish wish, log::Done<StartedRun> done) {
  GraphPtr graph = wish.workflow->graph;
  log::Arrival arrival;
  if (!wish.idempotency_key.empty()) {
    arrival.origin_kind = "api";
    arrival.origin = graph->slug + '\n' + wish.idempotency_key;
    arrival.fingerprint = fingerprint_of(wish.inputs);
  }
  const RunSeed seed{.graph = graph,
                     .inputs = std::move(wish.inputs),
                     .vars = context.vars,
                     .source = std::string(kApiSource),
                     .delivery = std::nullopt,
                     .event_name = {}};
  auto made = make_new_run(context.engine, seed, context.clock.now());
  if (!made) return done(std::unexpected(made.error()));
  log::NewRun run = std::move(*made);
  arrival.runs.push_back(run);
  context.intake.accept(
      std::move(arrival), context.clock.steady() + limits::kIngressHold,
      [&context, graph = std::move(graph), run = std::move(run),
       done = std::move(done)](Result<log::Arrived> arrived) mutable {
        if (!arrived) {
          context.engine.expect(run.id);  // it may still have happened
          if (arrived.error().code == ErrorCode::conflict) {
            arrived.error().message = "the idempotency key was used with other inputs";
          }
          return done(std::unexpected(std::move(arrived.error())));
        }
        if (!arrived->duplicate) context.engine.adopt(run, graph, nullptr, arrived->at);
        if (arrived->duplicate)
          std::ranges::for_each(arrived->runs, [&](const RunId& id) { context.engine.expect(id); });
        const RunId id = arrived->runs.empty() ? run.id : arrived->runs.front();
        done(StartedRun{.id = id, .graph = std::move(graph), .duplicate = arrived->duplicate});
      });
}

}  // namespace callboard::dispatcher
